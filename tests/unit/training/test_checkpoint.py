import errno
import hashlib
import io
import os
import pickle
import random
from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch

from src import checkpoint
from src.errors import MachineError


def state() -> dict[str, Any]:
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.randn(10, 4))
    optimizer = torch.optim.Adam([weight])
    weight.square().sum().backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return {
        "progress": {"epoch": 3, "best_cost": float("inf"), "finished": False},
        "weights": {"layers.0": weight.detach()},
        "optimizer": optimizer.state_dict(),
        "half": torch.arange(5).bfloat16(),
        "empty": torch.empty(0, 3),
        "plain": [1, 2.5, None, True, "Größe", {}],
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    checkpoint.write(tmp_path / "last.ckpt", state())
    return tmp_path / "last.ckpt"


def test_what_is_read_is_what_was_written(path: Path) -> None:
    assert _plain(checkpoint.read(path)) == _plain(state())


def _plain(value: Any) -> Any:
    """Tensors as dtype, shape and bits."""
    match value:
        case torch.Tensor():
            return value.dtype, value.shape, value.tolist()
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case list():
            return [_plain(each) for each in value]
    return value


def test_torch_alone_reads_the_file_too(path: Path) -> None:
    assert torch.load(path, weights_only=True)["plain"] == state()["plain"]


def test_a_flipped_bit_anywhere_is_noticed(path: Path) -> None:
    content, generator = path.read_bytes(), random.Random(0)
    places = {0, len(content) - 1, len(content) - 32, len(content) - 33}
    for place in places | set(generator.sample(range(len(content)), 200)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << generator.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(MachineError, match=r"last\.ckpt is damaged or no checkpoint \(its checksum is wrong\)"):
            checkpoint.read(path)


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 1000, -1])
def test_a_truncated_file_is_refused(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(MachineError, match=r"last\.ckpt is damaged or no checkpoint .* Restore the file"):
        checkpoint.read(path)


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"none\.ckpt is damaged or no checkpoint \(No such file or directory\)"):
        checkpoint.read(tmp_path / "none.ckpt")


class _Code:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("form", ["torch", "pickle"])
def test_code_in_a_checkpoint_does_not_run_even_with_the_right_checksum(tmp_path: Path, form: str) -> None:
    code, buffer = _Code(tmp_path / "it_ran"), io.BytesIO()
    if form == "torch":
        torch.save({"weights": code}, buffer)
    else:
        pickle.dump({"weights": code}, buffer, protocol=2)
    content = buffer.getvalue()
    (tmp_path / "last.ckpt").write_bytes(content + hashlib.sha256(content).digest())
    with pytest.raises(MachineError, match="it holds something else than tensors and plain values"):
        checkpoint.read(tmp_path / "last.ckpt")
    assert not (tmp_path / "it_ran").exists()
    torch.load(io.BytesIO(content), weights_only=False) if form == "torch" else pickle.loads(content)
    assert (tmp_path / "it_ran").exists(), "the trap itself works"


def test_a_failing_disk_leaves_the_old_checkpoint(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> NoReturn:
        raise OSError(errno.EIO, "Input/output error")

    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(MachineError, match=r"last\.ckpt could not be written: Input/output error"):
        checkpoint.write(path, {"other": 1})
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
