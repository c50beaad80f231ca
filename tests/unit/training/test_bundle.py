import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from torch import Tensor

from src import bundle
from src.atomic import json_digest, write_json
from src.bundle import Bundle
from src.config.dataset import Dataset
from src.config.mlp import Mlp as Section
from src.data.features import Features
from src.data.prepare import prepare
from src.errors import MachineError
from src.models.build import build
from src.models.ensemble import state_of
from src.models.network import Network

FACTS = {"example": [{"mass (g)": 1.5, "colour": "Grün"}], "config": {"seed": 1}, "validation": {"loss": 0.1}}


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Features:
    folder, rng = tmp_path_factory.mktemp("table"), np.random.default_rng(0)
    table = pl.DataFrame(
        {
            "mass (g)": pl.Series(rng.normal(50, 7, 60).round(2)).scatter([2, 30], None),
            "colour": ["red", "blue", None] * 20,
            "kind": ["a", "b", "c", "b"] * 15,
        }
    )
    table.write_csv(folder / "t.csv")
    columns = {"numeric": ["hectograms"], "categorical": ["colour"]}
    keys = {"name": "t", "path": "t.csv", "target": "kind", "columns": columns, "missing": {"indicator": True}}
    dataset = Dataset.model_validate({**keys, "derive": {"hectograms": '"mass (g)" / 100'}})
    return prepare(dataset, folder).features


def section(**keys: Any) -> dict[str, Any]:
    return Section(**keys).model_dump()


def network_of(model: dict[str, Any], features: Features, seed: int = 0) -> Network:
    torch.manual_seed(seed)
    network = build(model, features.input, features.output.d_out)
    for weight in [*network.parameters(), *(buffer for buffer in network.buffers() if buffer.is_floating_point())]:
        with torch.no_grad():
            weight += torch.rand_like(weight)
    return network.eval()


def rows(features: Features) -> tuple[Tensor, Tensor]:
    frame = pl.DataFrame({"mass (g)": [40.0, None, 61.7, 1e4], "colour": ["red", None, "pink", "blue"]})
    return features.encode(frame)


@pytest.fixture
def folder(tmp_path: Path, features: Features) -> Path:
    model = section(hidden=[7])
    bundle.write(tmp_path / "bundle", network_of(model, features).state_dict(), features, model, FACTS)
    return tmp_path / "bundle"


@pytest.mark.parametrize(
    "keys",
    [
        {"hidden": [10, 10]},
        {"hidden": [8], "norm": "batch", "dropout": 0.5},
        {"hidden": [8, 4], "norm": "layer", "activation": ["gelu", "tanh"], "categorical": "embedding"},
    ],
)
def test_a_loaded_bundle_gives_the_same_logits_bit_for_bit(
    tmp_path: Path, features: Features, keys: dict[str, Any]
) -> None:
    network = network_of(section(**keys), features)
    bundle.write(tmp_path, network.state_dict(), features, section(**keys), FACTS)
    loaded = Bundle.load(tmp_path)
    assert loaded.network(*rows(features)).equal(network(*rows(features)))
    assert not loaded.network.training
    assert loaded.features == features
    assert loaded.facts == FACTS


def test_a_loaded_ensemble_gives_the_answers_of_its_members_bit_for_bit(tmp_path: Path, features: Features) -> None:
    model = section(hidden=[7], ensemble=3)
    members = [network_of(model, features, seed) for seed in range(3)]
    bundle.write(tmp_path, state_of([each.state_dict() for each in members]), features, model, FACTS)
    network = Bundle.load(tmp_path).network
    assert network(*rows(features)).equal(torch.stack([member(*rows(features)) for member in members], 1))
    assert not network.training
    (tmp_path / "one").mkdir()
    bundle.write(tmp_path / "one", members[0].state_dict(), features, model, FACTS)
    with pytest.raises(MachineError, match="contradicts itself"):
        Bundle.load(tmp_path / "one")


def test_a_bundle_from_before_there_were_ensembles_holds_one_network(tmp_path: Path, features: Features) -> None:
    model = section(hidden=[7])
    network = network_of(model, features)
    del model["ensemble"]
    bundle.write(tmp_path, network.state_dict(), features, model, FACTS)
    assert Bundle.load(tmp_path).network(*rows(features)).equal(network(*rows(features)))


def test_the_same_model_gives_the_same_bytes(tmp_path: Path, folder: Path) -> None:
    loaded = Bundle.load(folder)
    bundle.write(tmp_path / "again", loaded.network.state_dict(), loaded.features, section(hidden=[7]), FACTS)
    for name in ("weights.safetensors", "bundle.json"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_a_table_without_numbers_can_be_bundled(tmp_path: Path) -> None:
    pl.DataFrame({"word": ["x", "y"] * 20, "kind": ["a", "b"] * 20}).write_csv(tmp_path / "t.csv")
    keys = {"name": "t", "path": "t.csv", "target": "kind", "columns": {"categorical": ["word"]}}
    features = prepare(Dataset.model_validate(keys), tmp_path).features
    network = network_of(section(), features)
    bundle.write(tmp_path / "bundle", network.state_dict(), features, section(), FACTS)
    x = features.encode(pl.DataFrame({"word": ["x", "z", None]}))
    assert Bundle.load(tmp_path / "bundle").network(*x).equal(network(*x))


def test_it_holds_tensors_and_json_and_no_pickle(folder: Path) -> None:
    assert sorted(each.name for each in folder.iterdir()) == ["bundle.json", "weights.safetensors"]
    json.loads((folder / "bundle.json").read_text())
    content = (folder / "weights.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")  # safetensors: length of a JSON header, the header, plain numbers
    header = json.loads(content[8 : 8 + length])
    assert {each["dtype"] for each in header.values()} == {"F32", "I64"}
    assert max(each["data_offsets"][1] for each in header.values()) == len(content) - 8 - length


def test_loading_needs_torch_and_polars_only(folder: Path) -> None:
    code = (
        "import sys; from src.inference import Predictor; Predictor.load(sys.argv[1]);"
        "print(*sys.modules)"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(folder)]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert {"torch", "polars"} <= {*loaded}
    others = {"pytorch_lightning", "mlflow", "hydra", "torchmetrics", "pydantic", "fastapi", "captum", "pandas"}
    assert others.isdisjoint(loaded)


def places(content: bytes) -> Iterator[int]:
    yield from range(0, len(content), max(1, len(content) // 40))


@pytest.mark.parametrize("name", ["weights.safetensors", "bundle.json"])
def test_a_changed_byte_is_noticed(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    for place in places(content):
        damaged = bytearray(content)
        damaged[place] ^= 1
        (folder / name).write_bytes(damaged)
        with pytest.raises(MachineError, match=rf"{name} is damaged \(.*\)\. Restore the folder or train again\."):
            Bundle.load(folder)


@pytest.mark.parametrize("name", ["weights.safetensors", "bundle.json"])
def test_a_truncated_file_is_noticed(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    for length in (0, 1, 100, len(content) // 2, len(content) - 2):
        (folder / name).write_bytes(content[:length])
        with pytest.raises(MachineError, match=f"{name} is damaged"):
            Bundle.load(folder)


@pytest.mark.parametrize("content", ["", "3", "[]", "null", "{}", '{"sha256": 1}', "\x00", '"\\ud800"'])
def test_json_that_is_no_bundle_is_refused(folder: Path, content: str) -> None:
    (folder / "bundle.json").write_text(content)
    with pytest.raises(MachineError, match=r"bundle\.json is damaged"):
        Bundle.load(folder)


def test_a_missing_file_is_explained(folder: Path) -> None:
    (folder / "weights.safetensors").unlink()
    with pytest.raises(MachineError, match=r"weights\.safetensors is missing\. Restore the folder or train again\."):
        Bundle.load(folder)
    (folder / "bundle.json").unlink()
    with pytest.raises(MachineError, match=r"No bundle at .*: bundle\.json is missing\. Required: the folder bundle"):
        Bundle.load(folder)
    with pytest.raises(MachineError, match=r"No bundle at .*/none: bundle\.json is missing"):
        Bundle.load(folder / "none")


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (4, r"has format 4, this Rookery reads 3\. Update it\."),
        (1, r"has format 1, this Rookery reads 2 to 3\. Train again\."),
    ],
)
def test_another_format_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, features: Features, other: int, sentence: str
) -> None:
    model = section()
    monkeypatch.setattr(bundle, "FORMAT", other)
    bundle.write(folder, network_of(model, features).state_dict(), features, model, FACTS)
    monkeypatch.undo()
    with pytest.raises(MachineError, match=sentence):
        Bundle.load(folder)


def test_a_bundle_from_before_anything_was_fitted_after_training_is_read(folder: Path, features: Features) -> None:
    description = json.loads((folder / "bundle.json").read_bytes())
    del description["sha256"], description["features"]["output"]["post_hoc"]
    description["format"] = 2
    write_json(folder / "bundle.json", {**description, "sha256": json_digest(description)})
    assert Bundle.load(folder).features == features


def test_weights_of_another_network_are_refused(tmp_path: Path, features: Features) -> None:
    weights = network_of(section(hidden=[3]), features).state_dict()
    bundle.write(tmp_path, weights, features, section(hidden=[4]), FACTS)
    with pytest.raises(MachineError, match="contradicts itself"):
        Bundle.load(tmp_path)


def test_loading_leaves_the_random_numbers_of_the_caller_alone(folder: Path) -> None:
    before = torch.random.get_rng_state()
    Bundle.load(folder)
    assert torch.random.get_rng_state().equal(before)
