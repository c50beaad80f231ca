import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from src.loading import loading, without_signal_processing

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.unfreeze()


def load(folder: Path, name: str) -> list[list[int]]:
    """A module that holds a list of lists."""
    (folder / f"{name}.py").write_text("made = [[number] for number in range(10_000)]\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        made: list[list[int]] = __import__(name).made
    return made


def test_nothing_is_collected_while_modules_are_loaded_and_what_they_made_is_left_out_later(tmp_path: Path) -> None:
    collections: list[str] = []
    gc.unfreeze()

    def note(phase: str, _info: dict[str, int]) -> None:
        collections.append(phase)

    gc.callbacks.append(note)
    try:
        with loading():
            load(tmp_path, "loaded_without_collections")
    finally:
        gc.callbacks.remove(note)
    assert collections == []
    assert gc.isenabled()
    assert gc.get_freeze_count() > 10_000


def test_what_is_made_where_nothing_is_loaded_can_be_collected() -> None:
    gc.unfreeze()
    with loading():
        pass
    assert gc.get_freeze_count() == 0


def test_garbage_is_collected_again_after_a_failed_import() -> None:
    with pytest.raises(ModuleNotFoundError), loading():
        __import__("there_is_no_such_module")
    assert gc.isenabled()


def test_lightning_is_loaded_without_scipys_signal_processing_which_others_still_find() -> None:
    code = """
import sys
from src.loading import without_signal_processing
with without_signal_processing():
    import pytorch_lightning
print("scipy.signal" in sys.modules, "scipy.optimize" in sys.modules)
import scipy.signal
print(len(scipy.signal.butter(2, 0.5)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n2\n"


def test_signal_processing_that_is_there_already_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.signal", sys)
    with without_signal_processing():
        assert sys.modules["scipy.signal"] is sys
    assert sys.modules["scipy.signal"] is sys
