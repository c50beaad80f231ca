"""What leaves a run as its bundle: the same numbers, from the rows as they are in the file."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from src.command_line import exit_code
from src.predict import predict
from tests.short_run import ROOT, run_in, table_of

TABLE = ROOT / "data" / "penguins.csv"


def run(*arguments: str) -> int:
    return exit_code(lambda: predict(arguments))


def table(*rows: int) -> pl.DataFrame:
    """Of penguins, every cell as it is in the file; all rows or those with the numbers `rows` (1-based)."""
    whole = pl.read_csv(TABLE, infer_schema=False)
    return whole[[row - 1 for row in rows]] if rows else whole


def predicted(folder: Path, model: Path, rows: pl.DataFrame, output: str = "out.parquet") -> pl.DataFrame:
    rows.write_csv(folder / "in.csv")
    assert run(f"model={model}", f"input={folder / 'in.csv'}", f"output={folder / output}") == 0
    read = pl.read_parquet if output.endswith(".parquet") else pl.read_csv
    return read(folder / output)


def as_tested(model: Path) -> pl.DataFrame:
    return pl.read_parquet(model / "predictions.parquet")


@pytest.mark.parametrize("output", ["out.parquet", "out.csv"])
def test_raw_rows_give_the_numbers_of_the_evaluation_to_the_last_bit(
    tmp_path: Path, penguins: Path, output: str
) -> None:
    tested = as_tested(penguins)
    assert tested["truth"].to_list() == table(*tested["row"])["species"].to_list()
    answer = predicted(tmp_path, penguins, table(*tested["row"]).drop("species"), output)
    assert_frame_equal(answer, tested.drop("row", "truth"), check_exact=True)


def test_rows_come_back_in_their_order(tmp_path: Path, penguins: Path) -> None:
    tested = as_tested(penguins)
    answer = predicted(tmp_path, penguins, table(*tested["row"].reverse()))
    assert_frame_equal(answer, tested.drop("row", "truth").reverse(), abs_tol=1e-6)


def test_the_other_rows_of_a_table_do_not_change_a_prediction(tmp_path: Path, penguins: Path) -> None:
    tested = as_tested(penguins)
    answer = predicted(tmp_path, penguins, table())
    assert len(answer) == 344
    same = answer[[row - 1 for row in tested["row"]]]
    assert_frame_equal(same, tested.drop("row", "truth"), abs_tol=1e-6)


def test_derived_columns_give_the_numbers_of_the_raw_ones(tmp_path: Path, lesson: Path) -> None:
    rows = table(*as_tested(lesson)["row"])
    number = {name: pl.col(name).replace("NA", None).cast(pl.Float64) for name in ("flipper_length_mm", "body_mass_g")}
    own = rows.select(
        "bill_length_mm",
        "bill_depth_mm",
        flipper_length_cm=number["flipper_length_mm"] / 10,
        body_mass_hg=number["body_mass_g"] / 100,
    )
    answer = predicted(tmp_path, lesson, own)
    assert_frame_equal(answer, as_tested(lesson).drop("row", "truth"), check_exact=True)


def test_ids_stand_beside_predictions_and_what_is_not_used_is_told_once(
    tmp_path: Path, penguins: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.jsonl"
    assert run(f"model={penguins}", f"input={TABLE}", f"output={output}", "keep=[year,species]", "explain=true") == 0
    answer = pl.read_ndjson(output)
    assert answer.select("species", "year").equals(table().select("species", "year"))
    assert answer.columns[2:6] == ["prediction", *(f"probability_{name}" for name in ("Adelie", "Chinstrap", "Gentoo"))]
    assert "attribution_island" in answer.columns[6:]
    assert not capsys.readouterr().err


def test_missing_cells_and_new_categories_are_predicted_with_a_note(
    tmp_path: Path, penguins: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = pl.DataFrame({name: [None, "NA", ""] for name in table().columns}, schema_overrides=table().schema)
    rows = rows.with_columns(island=pl.Series(["Atlantis", "Biscoe", None]))
    answer = predicted(tmp_path, penguins, rows)
    assert answer.null_count().sum_horizontal().item() == 0
    assert answer.drop("prediction").sum_horizontal().to_list() == pytest.approx([1, 1, 1])
    assert "note: island has a category that no train row had in 1 row(s)" in capsys.readouterr().err


def test_one_row_on_the_command_line_is_an_adelie(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(f"model={lesson}", "row=[37.3,16.8,19.2,30.0]") == 0
    lines = capsys.readouterr().out.splitlines()
    *probabilities, last = (line.split() for line in lines)
    assert last == ["species", "Adelie"]
    assert [name for name, _ in probabilities] == ["Adelie", "Chinstrap", "Gentoo"]
    assert float(probabilities[0][1]) > 0.9
    assert sum(float(value) for _, value in probabilities) == pytest.approx(1, abs=1e-5)


def test_a_class_of_any_length_takes_a_line_of_the_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 100_000
    conf = table_of(tmp_path, {"y": [long, "a"] * 30, "x": [0, 1] * 30})
    run_in(tmp_path / "run", "dataset=own", "trainer.max_epochs=30", config_dir=conf)
    assert run(f"model={tmp_path / 'run'}", "row=[0]") == 0
    out, err = capsys.readouterr()
    assert max(map(len, (out + err).splitlines())) < 200
    *_, name, last = out.splitlines()
    assert name.startswith("x" * 60 + "… ")
    assert last.endswith("x" * 60 + "…")


def test_a_row_by_names_is_the_same_row(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(f"model={lesson}", "row=[37.3,16.8,19.2,30.0]")
    first = capsys.readouterr().out
    raw = "row={bill_length_mm: 37.3, bill_depth_mm: 16.8, flipper_length_mm: 192, body_mass_g: 3000}"
    assert run(f"model={lesson}", raw) == 0
    assert capsys.readouterr().out == first


def test_a_bundle_works_anywhere(tmp_path: Path, penguins: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the run, the data and the checkout's configuration."""
    shutil.copytree(penguins / "bundle", tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path)
    tested = as_tested(penguins)
    answer = predicted(tmp_path, Path("elsewhere"), table(*tested["row"]))
    assert_frame_equal(answer, tested.drop("row", "truth"), check_exact=True)


DAMAGES: dict[str, tuple[str, Callable[[bytes], bytes] | None]] = {
    "weights cut": ("weights.safetensors", lambda content: content[:-9]),
    "weights with another bit": ("weights.safetensors", lambda content: content[:-1] + bytes([content[-1] ^ 1])),
    "no weights": ("weights.safetensors", None),
    "description cut": ("bundle.json", lambda content: content[:-200]),
    "description edited": ("bundle.json", lambda content: content.replace(b"Adelie", b"Pelican")),
    "description of another kind": ("bundle.json", lambda _: b"[]"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_bundle_is_refused(
    tmp_path: Path, penguins: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    shutil.copytree(penguins / "bundle", tmp_path / "bundle")
    name, change = DAMAGES[damage]
    path = tmp_path / "bundle" / name
    if change is None:
        path.unlink()
    else:
        path.write_bytes(change(path.read_bytes()))
    assert run(f"model={tmp_path}", f"input={TABLE}", f"output={tmp_path / 'out.csv'}") == 4
    message = capsys.readouterr().err
    assert f"{path} is {'damaged' if change else 'missing'}" in message
    assert "Restore the folder or train again." in message
    assert not (tmp_path / "out.csv").exists()


def test_a_bundle_of_a_later_version_is_refused(
    penguins: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.bundle.FORMAT", 0)
    assert run(f"model={penguins}", "row=[1,2,3,4,a,b]") == 4
    assert "has format 3, this Rookery reads 0" in capsys.readouterr().err


MISTAKES: dict[str, tuple[int, list[str], str]] = {
    "no such model": (2, ["model=nonsense", "row=[1]"], "model=nonsense: no such folder; required: a run folder"),
    "a folder without bundle": (2, ["model={here}", "row=[1]"], "holds no bundle; required: a run that is finished"),
    "no model": (2, ["row=[1]"], "model= is missing"),
    "a misspelt option": (2, ["model={model}", "inptu=a.csv"], "inptu: there is no such option; did you mean input?"),
    "nothing to predict": (2, ["model={model}"], "either input=FILE and output=FILE, or row="),
    "too few values": (2, ["model={model}", "row=[1,2]"], "has 2 values; required: 6, namely bill_length_mm"),
    "an unknown column": (2, ["model={model}", "row={{beak: 3}}"], "the model has no column beak"),
    "a text for a number": (3, ["model={model}", "row=[long,2,3,4,Biscoe,male]"], "bill_length_mm"),
    "no row at all": (2, ["model={model}", "row=hello"], "required: a list like"),
    "another extension": (2, ["model={model}", "input={table}", "output={here}/a.xlsx"], "required: .csv, .parquet"),
    "no output folder": (2, ["model={model}", "input={table}", "output={here}/no/out.csv"], "does not exist"),
    "a column to keep that is none": (
        2,
        ["model={model}", "input={table}", "output={here}/out.csv", "keep=[iland]"],
        "keep: no column 'iland'; did you mean island?",
    ),
    "no list to keep": (
        2,
        ["model={model}", "input={table}", "output={here}/out.csv", "keep=[a"],
        "keep=[a: required: columns of the input, like keep=[id,name]",
    ),
    "to keep with one row": (2, ["model={model}", "row=[1]", "keep=id"], "keep: has an effect with input only"),
    "to explain perhaps": (
        2,
        ["model={model}", "input={table}", "output={here}/out.csv", "explain=yes"],
        "explain=yes: must be true or false",
    ),
    "no such table": (3, ["model={model}", "input={here}/no.csv", "output={here}/out.csv"], "no such file"),
    "no such Parquet": (3, ["model={model}", "input={here}/no.parquet", "output={here}/out.csv"], "no such file: "),
    "the input as output": (
        2,
        ["model={model}", "input={here}/short.csv", "output={here}/short.csv"],
        "short.csv: is the input, which would be written over; choose another file",
    ),
    "a sign of a file for one row": (
        2,
        ["model={model}", "row=[1]", "dataset.csv.decimal=,"],
        "dataset.csv.decimal: has an effect with input only",
    ),
    "columns missing": (3, ["model={model}", "input={here}/short.csv", "output={here}/out.csv"], "'bill_length_mm'"),
    "a wrong cell": (3, ["model={model}", "input={here}/wrong.csv", "output={here}/out.csv"], "'flipper_length_mm'"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_explained(
    tmp_path: Path, penguins: Path, capsys: pytest.CaptureFixture[str], mistake: str
) -> None:
    table().select("island", "sex").write_csv(tmp_path / "short.csv")
    table().with_columns(flipper_length_mm=pl.lit("long")).write_csv(tmp_path / "wrong.csv")
    code, arguments, told = MISTAKES[mistake]
    filled = [each.format(model=penguins, here=tmp_path, table=TABLE) for each in arguments]
    assert run(*filled) == code
    said, message = capsys.readouterr()
    assert said == ""
    assert told in message
    assert "Traceback" not in message
    assert len(message.splitlines()) <= 10
    assert not (tmp_path / "out.csv").exists()


def test_the_bundle_says_where_it_comes_from(penguins: Path) -> None:
    facts = json.loads((penguins / "bundle" / "bundle.json").read_text())["facts"]
    record = json.loads((penguins / "run.json").read_text())
    assert facts["run"] == record["uuid"]
    assert facts["data"] == record["data"]
    assert facts["config_hash"] == record["config_hash"]
    assert (penguins / "config.yaml").read_text().splitlines()[0] == f"# configuration {record['config_hash']}"
