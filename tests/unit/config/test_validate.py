"""Wrong values: what was required, what came, where it stands."""

import copy
from typing import Any

import pytest

from src.config.document import KeyPath
from src.config.validate import dotted, validate

SMALLEST: dict[str, Any] = {
    "dataset": {"name": "x", "path": "x.csv", "target": "y", "columns": {"numeric": ["a"]}},
    "model": {"name": "mlp"},
    "loss": {"name": "cross_entropy"},
    "optimizer": {"name": "sgd"},
    "scheduler": {"name": "none"},
    "trainer": {},
    "tracking": {},
}


def mistakes_of(key: str, value: object) -> dict[KeyPath, str]:
    """Of the smallest configuration with one key set."""
    tree = copy.deepcopy(SMALLEST)
    *sections, last = key.split(".")
    section = tree
    for name in sections:
        section = section.setdefault(name, {})
    section[last] = value
    config, mistakes = validate(tree, lambda path: f"at {dotted(path)}")
    assert (config is None) == bool(mistakes)
    return mistakes


def test_a_right_configuration_has_no_mistakes() -> None:
    config, mistakes = validate(SMALLEST, dotted)
    assert config is not None
    assert mistakes == {}


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("trainer.devices", True, "trainer.devices: must be a whole number of at least 1, or auto; got true (at trai"),
        ("trainer.devices", 0, "must be a whole number of at least 1, or auto; got 0"),
        ("trainer.devices", "aut", 'got "aut" (at trainer.devices); did you mean auto?'),
        ("trainer.max_epochs", -3, "must be a whole number of at least 1; got -3"),
        ("trainer.batch_size", 20.0, "must be a whole number of at least 1, or auto; got 20.0"),
        ("trainer.precision", 64, "must be one of 32, bf16, 16, auto; got 64"),
        ("trainer.gradient_clip", 0, "must be a number above 0, or null; got 0"),
        ("trainer.early_stopping", 5, "must be a section with patience, growth, min_delta, or null; got 5"),
        ("trainer.early_stopping.patience", 0, "trainer.early_stopping.patience: must be a whole number of at least 1"),
        ("model.hidden", [], "must be a list with at least 1 entry, each a whole number of at least 1; got []"),
        ("model.hidden", [10, -5], "model.hidden[1]: must be a whole number of at least 1; got -5 (at model.hid"),
        ("model.hidden", 10, "model.hidden: must be a list"),
        ("model.activation", "rellu", 'got "rellu" (at model.activation); did you mean relu?'),
        ("model.activation", ["relu", "rellu"], "model.activation[1]: must be one of relu, gelu"),
        ("model.activation", ["relu"], "model.activation: the list has 1 entries for 2 hidden layers (at model.activ"),
        ("model.dropout", 2, "must be a number of at least 0 and below 1, or a list, each a number of at least 0 and"),
        ("model.dropout", [0, 2], "model.dropout[1]: must be a number of at least 0 and below 1; got 2"),
        (
            "model",
            {"name": "mlp", "hidden": [8, 9, 8], "residual": True},
            "model.residual: true needs two hidden layers of the same width behind one another; hidden is [8, 9, 8]",
        ),
        ("model.one_hot_max", 0, "model.one_hot_max: must be a whole number of at least 1; got 0"),
        ("model.ensemble", 0, "model.ensemble: must be a whole number of at least 1; got 0"),
        ("model.categorical", "onehot", "must be one of auto, one_hot, embedding; got"),
        ("model.numeric_embedding", "plr", 'numeric_embedding.name: must be one of none, periodic, pbld, piecewise_l'),
        ("model.numeric_embedding", 3, "must be a section whose name is one of none, periodic, pbld, piecewise_linea"),
        ("model.numeric_embedding", {"n_bins": 3}, "embedding.name: must be one of none, periodic, pbld, piecewise_l"),
        ("model.numeric_embedding", {"name": "pbld", "n_bins": 3}, "embedding.n_bins: there is no such key; got 3"),
        ("model.numeric_embedding", {"name": "pbld", "d_embedding": 1}, "must be a whole number of at least 2; got 1"),
        (
            "model.numeric_embedding",
            {"name": "piecewise_linear", "min_samples_leaf": 9},
            "numeric_embedding.min_samples_leaf: has an effect with bins_by: target only; it is quantile",
        ),
        (
            "model.numeric_embedding",
            {"name": "periodic", "lite": True, "activation": "identity"},
            "model.numeric_embedding.activation: identity with lite: true makes one weighted sum of all; take relu",
        ),
        ("optimizer.lr", "fast", 'optimizer.lr: must be a number above 0; got "fast"'),
        ("optimizer.lr", float("inf"), "optimizer.lr: must be a finite number; got inf"),
        ("optimizer.lr", float("nan"), "optimizer.lr: must be a finite number; got nan"),
        ("optimizer.decay_factors", {"bias": 0.0}, "optimizer.decay_factors: have no effect without a weight_decay ab"),
        ("optimizer.decay_factors", {"bias": -1.0}, "optimizer.decay_factors.bias: must be a number of at least 0"),
        ("optimizer.betas", [0.9, 0.9], "there is no such key; got [0.9, 0.9] (at optimizer.betas); there are decay_"),
        ("optimizer", {"name": "adam", "betas": [0.9]}, "optimizer.betas: must be a list of 2 entries, each a number"),
        ("optimizer", {"name": "adan"}, 'muon, schedulefree_adamw; got "adan"'),
        ("optimizer", {"lr": 1.0}, "optimizer.name: must be one of sgd, adam, adamw, adamax, nadam, radam, rmsprop,"),
        ("optimizer", 3, "optimizer: must be a section whose name is one of sgd, adam, adamw"),
        ("loss.class_weights", [0.0], "loss.class_weights[0]: must be a number above 0; got 0.0"),
        ("loss.class_weights", "balance", 'must be balanced, or a list, each a number above 0, or null; got "balance"'),
        ("loss.label_smoothin", 0.1, "did you mean loss.label_smoothing?"),
        ("seed", -1, "must be a whole number of at least 0 and below 4294967296; got -1"),
        ("seed", {"x": 1}, 'got {"x": 1}'),
        (
            "dataset.name",
            False,
            "must be a text that matches ^[\\w-][\\w. -]*$; got false (at dataset.name); "
            "put it in quotes if it is a text",
        ),
        ("dataset.derive", {"x": 3}, "dataset.derive.x: must be a text; got 3"),
        ("dataset.split.train", 0.9, "dataset.split: train + validation + test must be 1"),
        ("dataset.columns", {"numeric": ["a", "y"]}, "dataset.columns: the target 'y' cannot be an input as well"),
        ("dataset.columns", {"datetime": [3]}, "dataset.columns.datetime[0]: must be a text; got 3"),
        ("dataset.columns", {"datetime": {"a": 3}}, "dataset.columns.datetime.a: must be a text; got 3"),
        ("dataset.columns", {"datetime": 3}, "dataset.columns.datetime: must be a list, each a text, or a section of"),
        ("dataset.columns", {"datetime": {"a": "dmy"}}, "columns.datetime.a: must be iso or a form such as %d.%m.%Y"),
        ("dataset.columns", {"ordered": {"a": ["x"]}}, "columns.ordered.a: must be a list with at least 2 entries"),
        ("dataset.columns", {"ordered": {"a": ["x", "x"]}}, "dataset.columns.ordered.a: names x more than once"),
        ("dataset.missing", {"markers": {"a": "NA"}}, "dataset.missing.markers.a: must be a list, each a text"),
        ("dataset.missing", {"numeric": "modus"}, "must be one of median, mean, most_frequent, or a number"),
        ("dataset.missing", {"columns": {"a": "own"}}, "dataset.missing.columns.a: must be drop, a number or one of"),
        ("dataset.categories", {"min_count": 2}, "has an effect on columns under columns.categorical only"),
        ("dataset.columns", {"numerc": ["a"]}, "did you mean dataset.columns.numeric?"),
        ("model.hiden", [3], "model.hiden: there is no such key; got [3] (at model.hiden); did you mean model.hidden?"),
        ("model.target", "y", "did you mean dataset.target?"),
        ("modl.hidden", [3], "there is no group or key modl; got [3] (at modl.hidden); did you mean model?"),
        ("target", "z", 'there is no group or key target; got "z" (at target); did you mean dataset.target?'),
        ("scheduler.warmup_epochs", 50.0, "scheduler.warmup_epochs: must be below trainer.max_epochs=50, else the"),
        ("Seed", 3, "did you mean seed?"),
    ],
)
def test_each_wrong_value_is_explained_in_one_sentence(key: str, value: object, sentence: str) -> None:
    [found] = mistakes_of(key, value).values()
    assert sentence in found


def test_all_wrong_values_come_together() -> None:
    trainer = {"devices": True, "max_epochs": 0, "early_stopping": {"patience": 0, "patients": 3}}
    assert [*mistakes_of("trainer", trainer)] == [
        ("trainer", "max_epochs"),
        ("trainer", "early_stopping", "patience"),
        ("trainer", "early_stopping", "patients"),
        ("trainer", "devices"),
    ]


def test_a_long_value_is_shortened() -> None:
    [found] = mistakes_of("seed", "x" * 500).values()
    assert len(found) < 200


def test_a_required_key_that_is_missing_is_named_with_its_meaning() -> None:
    [sentence] = mistakes_of("dataset", {"name": "x", "path": "x.csv", "columns": {"numeric": ["a"]}}).values()
    assert sentence.startswith("dataset.target: is required (The column to predict. ")
    assert sentence.endswith("); nothing came (at dataset.target)")
