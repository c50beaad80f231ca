"""What quality is compared: Rookery, CatBoost and scikit-learn's network, each on the same rows.

Each takes a table whose rows are split, a seed, and gives an answer to every test row, in the order of the table:
probabilities float64 [n, classes], the classes in alphabetical order, or values float64 [n].
"""

import json
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import catboost
import numpy as np
import pandas
import polars as pl
from numpy.typing import NDArray
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.tables import PART, Table
from src.config.compose import compose
from src.data.prepare import prepare
from src.fit import fit
from src.inference import Predictor
from src.machine import ROOT
from src.mirror import Mirror
from src.signals import StopFlag

THREADS = 2
Answers = NDArray[np.float64]


def rookery(table: Table, seed: int, overrides: Sequence[str]) -> Answers:
    """A run in a folder of its own: the columns' kinds by inspection, the parts from the table."""
    with tempfile.TemporaryDirectory() as name, StopFlag() as stop, redirect_stdout(StringIO()):
        folder = Path(name)
        always = ["dataset=measured", "tracking=none", "trainer.accelerator=cpu", f"seed={seed}"]
        config = compose([*always, *overrides], _dataset(table, folder)).config
        prepared = prepare(config.dataset, ROOT)
        fit(config, prepared, folder / "run", stop, Mirror(config.tracking))
        predictor = Predictor.load(folder / "run" / "bundle")
    test = prepared.parts["test"]
    prediction, order = predictor.predict_encoded(test.x_num, test.x_cat), test.row.argsort()
    answers: Answers = (prediction.point if table.is_regression else prediction.probability)[order].numpy()
    return answers if table.is_regression else _in_order(answers, predictor.features.output.classes, table)


def cat_boost(table: Table, seed: int) -> Answers:
    """With its default settings; the validation rows choose the number of trees (eval_set, use_best_model)."""
    kind = catboost.CatBoostRegressor if table.is_regression else catboost.CatBoostClassifier
    model = kind(random_seed=seed, thread_count=THREADS, verbose=False, allow_writing_files=False)
    texts = _texts(table)
    parts = {part: _frame(table, part) for part in ("train", "validation", "test")}
    y = {part: table.part(part)[table.target].to_list() for part in parts}
    model.fit(parts["train"], y["train"], cat_features=texts, eval_set=(parts["validation"], y["validation"]))
    if table.is_regression:
        return np.asarray(model.predict(parts["test"]), dtype=np.float64)
    return _in_order(model.predict_proba(parts["test"]), model.classes_, table)


def scikit_learn(table: Table, seed: int) -> Answers:
    """Its network with default settings, on standardised numbers (those of a regression's target too) and one-hot
    texts; missing numbers are the median. The validation rows are not used."""
    texts = _texts(table)
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    encoder = make_column_transformer(
        (numbers, [name for name in table.inputs if name not in texts]),
        (OneHotEncoder(handle_unknown="ignore"), texts),
    )
    x, y = _frame(table, "train"), table.part("train")[table.target].to_numpy()
    network: Any = MLPClassifier(random_state=seed)
    if table.is_regression:
        network = TransformedTargetRegressor(MLPRegressor(random_state=seed), transformer=StandardScaler())
    model = make_pipeline(encoder, network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # after the 200 epochs of the default
        model.fit(x, y)
    if table.is_regression:
        return np.asarray(model.predict(_frame(table, "test")), dtype=np.float64)
    return _in_order(model.predict_proba(_frame(table, "test")), model.classes_, table)


def _dataset(table: Table, folder: Path) -> Path:
    """Writes the rows and conf/dataset/measured.yaml that describes them; returns conf."""
    table.rows.write_parquet(folder / "table.parquet")
    section = {
        "name": "measured",
        "path": str(folder / "table.parquet"),
        "target": table.target,
        "columns": {"auto": True},
        "split": {"by": "column", "column": PART},
    }
    file = folder / "conf" / "dataset" / "measured.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(section))  # JSON is YAML
    return folder / "conf"


def _texts(table: Table) -> list[str]:
    return [name for name in table.inputs if not table.rows[name].dtype.is_numeric()]


def _frame(table: Table, part: str) -> pandas.DataFrame:
    """Inputs of the rows of the part: float64, NaN where missing, and texts."""
    texts = _texts(table)
    columns = [
        pl.col(name).cast(pl.String).fill_null("missing") if name in texts else pl.col(name).cast(pl.Float64)
        for name in table.inputs
    ]
    return pandas.DataFrame({each.name: each.to_numpy() for each in table.part(part).select(columns)})


def _in_order(probability: Any, classes: Any, table: Table) -> Answers:
    return np.asarray(probability, dtype=np.float64)[:, [list(classes).index(name) for name in table.classes]]
