"""A grid: which runs the values of the overrides span."""

from pathlib import Path

import pytest

from src.config.expand import expand
from src.errors import ConfigError


def test_values_span_every_combination_and_the_last_key_varies_fastest() -> None:
    runs = expand(["model.hidden=[10],[10,10]", "debug=fast", "seed=1,2"])
    assert [(run.config.model.title, run.config.seed) for run in runs] == [
        ("mlp [10]", 1),
        ("mlp [10]", 2),
        ("mlp [10, 10]", 1),
        ("mlp [10, 10]", 2),
    ]
    assert runs[1].overrides == ["model.hidden=[10]", "debug=fast", "seed=2"]


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("seed=range(1,4)", ["seed=1", "seed=2", "seed=3"]),
        ("optimizer.lr=choice(1e-3,0.5)", ["optimizer.lr=0.001", "optimizer.lr=0.5"]),
        ("optimizer=glob(adam*, exclude=adamax)", ["optimizer=adam", "optimizer=adamw"]),
        ("dataset.where='a,b',null", ["dataset.where='a,b'", "dataset.where=null"]),
        ("+seed=1,2", ["seed=1", "seed=2"]),
        ("seed=4", ["seed=4"]),
    ],
)
def test_each_way_to_give_several_values(override: str, expected: list[str]) -> None:
    assert [run.overrides for run in expand([override])] == [[each] for each in expected]


def test_all_mistakes_of_the_whole_grid_come_together() -> None:
    wrong_values = ["optimizer=adam,sdg", "seed=1,-2", "trainer.devices=true"]
    with pytest.raises(ConfigError) as caught:
        expand(["hydra.run.dir=x", "model=glob(z*)", "~seed", *wrong_values])
    found = caught.value.mistakes
    assert found[0] == "hydra.run.dir=x: each run of a grid has its own folder; hydra.sweep.dir=PATH holds them all"
    assert found[1].startswith("model=glob(z*): stands for no value at all")
    assert found[2].startswith("~seed: nothing can be taken away")
    assert any(sentence.startswith("optimizer=sdg: there is no option sdg") for sentence in found)
    assert any("seed: must be a whole number" in sentence and "got -2" in sentence for sentence in found)
    assert sum("trainer.devices" in sentence for sentence in found) == 1


def test_a_combination_that_is_wrong_only_together_is_found() -> None:
    with pytest.raises(ConfigError, match="nesterov needs momentum above 0"):
        expand(["optimizer=sgd", "optimizer.nesterov=false,true", "optimizer.momentum=0.9,0.0,0.5"])


def test_options_of_the_users_own_can_be_spanned(tmp_path: Path) -> None:
    (tmp_path / "optimizer").mkdir()
    (tmp_path / "optimizer" / "mine.yaml").write_text("defaults: [adam, _self_]\nlr: 0.5\n")
    assert [run.config.optimizer.lr for run in expand(["optimizer=adam,mine"], tmp_path)] == [1e-3, 0.5]
