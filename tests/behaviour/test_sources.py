"""Whole runs on tables from elsewhere than a CSV file, and on tables with names that nobody would choose."""

import json
import sqlite3
from pathlib import Path
from typing import Any
from unicodedata import normalize

import polars as pl
import pytest

from src.inference import Predictor
from src.leakage import poison_test
from src.predict import predict
from src.tracking.store import open_store
from src.tracking.sync import sync
from tests.short_run import config_of, run_in

N = 120
SHORT = ("dataset=own", "trainer.max_epochs=2")


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    cells = {"size": [row % 17 / 4 for row in range(N)], "shop": ["north", "south"] * (N // 2)}
    return pl.DataFrame({"kind": ["a", "b", "c"] * (N // 3), **cells})


def described(folder: Path, **dataset: Any) -> Path:
    """conf/dataset/own.yaml; the folder conf."""
    usual = {"name": "own", "target": "kind", "columns": {"numeric": ["size"], "categorical": ["shop"]}}
    (folder / "conf" / "dataset").mkdir(parents=True, exist_ok=True)
    (folder / "conf" / "dataset" / "own.yaml").write_text(json.dumps({**usual, **dataset}))
    return folder / "conf"


def test_a_sheet_a_query_and_a_file_of_the_same_rows_give_the_same_model(tmp_path: Path, table: pl.DataFrame) -> None:
    table = table.sort(pl.all())  # as the rows of a query are
    table.write_csv(tmp_path / "t.csv")
    table.write_excel(tmp_path / "t.xlsx", worksheet="Week 1")
    with sqlite3.connect(tmp_path / "t.db") as connection:
        connection.execute("create table t (kind, size, shop)")
        connection.executemany("insert into t values (?, ?, ?)", table.reverse().rows())
    connection.close()
    sources = {
        "file": {"path": f"{tmp_path}/t.csv"},
        "sheet": {"path": f"{tmp_path}/t.xlsx", "sheet": "Week 1"},
        "query": {"path": f"sqlite:///{tmp_path}/t.db", "query": "select * from t"},
    }
    for name, source in sources.items():
        run_in(tmp_path / name, *SHORT, config_dir=described(tmp_path / f"of {name}", **source))
    weights = {(tmp_path / name / "bundle" / "weights.safetensors").read_bytes() for name in sources}
    assert len(weights) == 1
    for name in sources:
        output = tmp_path / f"{name}.csv"
        query = [f"query={sources[name]['query']}"] if name == "query" else []
        predict([f"model={tmp_path}/query", f"input={sources[name]['path']}", f"output={output}", *query])
        assert output.read_bytes() == (tmp_path / "file.csv").read_bytes()


def test_with_files_for_each_part_nothing_is_learned_of_those_for_test(tmp_path: Path, table: pl.DataFrame) -> None:
    for name, rows in (("a", table[:70]), ("b", table[70:90]), ("c", table[90:])):
        rows.write_csv(tmp_path / f"{name}.csv")
    path = {part: f"{tmp_path}/{name}.csv" for part, name in (("train", "a"), ("validation", "b"), ("test", "c"))}
    conf = described(tmp_path, path=path, split={"by": "files"})
    run_in(tmp_path / "run", *SHORT, config_dir=conf)
    assert pl.read_parquet(tmp_path / "run" / "predictions.parquet")["row"].to_list() == [*range(91, 121)]
    assert "garbage in the features of 50 validation and test rows changes no byte" in poison_test(
        config_of(*SHORT, config_dir=conf)
    )


ODD = ("größe in m", 'pro"cent %', "${x}", "it's; a [list], {map}", "- dash", "null", "1e3", "a/b\\c", "x=y", "$\\a{")


@pytest.mark.filterwarnings("ignore::UserWarning")  # MLflow's own, about the class that it is given
def test_names_with_spaces_and_signs_come_through_from_the_yaml_to_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = ('Große "1"', "b/c, d", "@x=(y) $5")
    cells = {name: [(row * 7 + place) % 11 + 0.5 for row in range(N)] for place, name in enumerate(ODD)}
    shops = {"Straße, Nr.": ['a "b"', "c=d, e", "ö/ü", "@(x)"] * (N // 4)}
    table = pl.DataFrame({"Art (Klasse)": [*kinds] * (N // 3), **cells, **shops})
    table.write_parquet(tmp_path / "t.parquet")
    conf = described(
        tmp_path,
        path=f"{tmp_path}/t.parquet",
        target="Art (Klasse)",
        columns={"numeric": [*(name.replace("${", "\\${") for name in ODD), "(2×)"], "categorical": [*shops]},
        derive={"(2×)": '"größe in m" * 2 + "pro""cent %" - "it\'s; a [list], {map}"'},
        where='"Straße, Nr." <> \'@(x)\'',
    )
    run_in(tmp_path / "run", *SHORT, config_dir=conf)
    predictor = Predictor.load(tmp_path / "run" / "bundle")
    assert predictor.features.input.numeric == (*ODD, "(2×)")
    expected = predictor.predict(table)
    assert set(expected.columns) == {"prediction", *(f"probability_{kind}" for kind in kinds)}
    decomposed = table.select(pl.all().name.map(lambda name: normalize("NFD", name)))
    assert decomposed.columns != table.columns
    assert predictor.predict(decomposed).equals(expected)

    import mlflow.pyfunc
    import pandas

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    assert "sent" in str(sync(tmp_path / "run"))
    client = open_store(f"sqlite:///{tmp_path}/mlflow.db")
    [model] = client.search_logged_models(["1"])
    served = mlflow.pyfunc.load_model(model.model_uri)
    answer = served.predict(pandas.DataFrame(table.drop("Art (Klasse)").to_dict(as_series=False)))
    assert answer.to_dict("list") == expected.to_dict(as_series=False)
