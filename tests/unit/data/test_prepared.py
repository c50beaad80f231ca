from pathlib import Path

import pytest
import torch

from src.config.dataset import Dataset
from src.data.prepare import prepare
from src.data.prepared import Prepared
from src.errors import MachineError


@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    rows = "".join(f"{number / 7},{'NA' if number % 3 else 'é'},{'ab'[number % 2]}\n" for number in range(30))
    (tmp_path / "t.csv").write_text(f"size,kind,y\n{rows}")
    columns = {"numeric": ["size"], "categorical": ["kind"]}
    description = {"name": "t", "path": "t.csv", "target": "y", "columns": columns, "missing": {"markers": ["NA"]}}
    return prepare(Dataset.model_validate(description), tmp_path)


def test_what_is_saved_is_loaded(prepared: Prepared, tmp_path: Path) -> None:
    prepared.save(tmp_path / "new" / "folder")
    again = Prepared.load(tmp_path / "new" / "folder")
    assert again.features == prepared.features
    assert again.facts == prepared.facts
    assert list(again.parts) == ["train", "validation", "test"]
    for name, part in prepared.parts.items():
        for key, tensor in vars(part).items():
            torch.testing.assert_close(getattr(again.parts[name], key), tensor, rtol=0, atol=0, equal_nan=True)


def test_the_same_data_gives_the_same_bytes(prepared: Prepared, tmp_path: Path) -> None:
    prepared.save(tmp_path / "a")
    Prepared.load(tmp_path / "a").save(tmp_path / "b")
    files = sorted(file.name for file in (tmp_path / "a").iterdir())
    assert files == ["prepared.json", "test.safetensors", "train.safetensors", "validation.safetensors"]
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_missing_files_are_said(prepared: Prepared, tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"nowhere/prepared\.json: no prepared data .*; prepare it first"):
        Prepared.load(tmp_path / "nowhere")
    prepared.save(tmp_path)
    (tmp_path / "test.safetensors").unlink()
    with pytest.raises(MachineError, match=r"test\.safetensors: no prepared data"):
        Prepared.load(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b"\xff", b'{"format": 2, "parts": 3}'])
def test_damaged_files_are_refused(prepared: Prepared, tmp_path: Path, damage: bytes) -> None:
    for name in ("prepared.json", "train.safetensors"):
        prepared.save(tmp_path)
        (tmp_path / name).write_bytes(damage)
        with pytest.raises(MachineError, match="damaged"):
            Prepared.load(tmp_path)


def test_tensors_of_another_save_are_refused(prepared: Prepared, tmp_path: Path) -> None:
    prepared.save(tmp_path)
    content = bytearray((tmp_path / "train.safetensors").read_bytes())
    content[-1] ^= 1
    (tmp_path / "train.safetensors").write_bytes(content)
    with pytest.raises(MachineError, match=r"train\.safetensors is damaged, its checksum is another"):
        Prepared.load(tmp_path)


def test_a_folder_that_cannot_be_made_is_said(prepared: Prepared, tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"t\.csv/x: prepared data cannot be written there"):
        prepared.save(tmp_path / "t.csv" / "x")


def test_a_fitted_number_that_was_changed_is_noticed(prepared: Prepared, tmp_path: Path) -> None:
    prepared.save(tmp_path)
    text = (tmp_path / "prepared.json").read_text()
    assert '"impute": [' in text
    (tmp_path / "prepared.json").write_text(text.replace('"smooth_clip": false', '"smooth_clip": true'))
    with pytest.raises(MachineError, match=r"prepared\.json is damaged, its checksum is another; prepare it again"):
        Prepared.load(tmp_path)
