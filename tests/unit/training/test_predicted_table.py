"""Predictions of a file are those of its rows, however it is written and cut into pieces."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from src.data import pieces, stream
from src.data.source import Source
from src.data.table_writer import table_writer
from src.errors import ConfigError, DataError, StoppedError
from src.inference import Predictor
from src.predicted_table import PredictedTable
from src.task import Task
from tests.untrained import predictor, table

ROWS = table(300, seed=1).with_columns(pl.Series("id", [f"{n:04}" for n in range(300)]))


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 4000)
    monkeypatch.setattr(stream, "CELLS", 200)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return predictor(tmp_path_factory.mktemp("model"))


def predicted(
    model: Predictor, rows: pl.DataFrame, path: Path, keep: tuple[str, ...] = ()
) -> tuple[pl.DataFrame, list[str]]:
    """The predictions, and the notes."""
    WRITE[path.suffix](rows, path)
    whole = PredictedTable(model, Source((path,)), keep)
    whole.write(path.with_name("out.parquet"))
    assert whole.rows == rows.height
    return pl.read_parquet(path.with_name("out.parquet")), whole.notes


WRITE: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    ".csv": lambda frame, path: frame.write_csv(path),
    ".parquet": lambda frame, path: frame.write_parquet(path, row_group_size=70),
    ".arrow": lambda frame, path: frame.write_ipc(path),
    ".jsonl": lambda frame, path: frame.write_ndjson(path),
    ".xlsx": lambda frame, path: frame.write_excel(path),
}


@pytest.mark.parametrize("extension", WRITE)
def test_a_file_of_any_format_is_predicted_as_its_rows_are(tmp_path: Path, model: Predictor, extension: str) -> None:
    answer, notes = predicted(model, ROWS, tmp_path / f"in{extension}", keep=("id", "code"))
    assert answer["id"].to_list() == ROWS["id"].to_list()
    assert answer["code"].cast(pl.Int64).to_list() == ROWS["code"].to_list()
    assert_frame_equal(answer.drop("id", "code"), model.predict(ROWS), rel_tol=1e-5)
    assert notes == ["note: not used: kind, price, cost, wet, windy"]


CODES: dict[str, tuple[str, pl.Series]] = {
    "Parquet, whole": (".parquet", pl.Series([1, 2, 3], dtype=pl.Int16)),
    "Parquet, 64 bits": (".parquet", pl.Series([1.0, 2.0, 3.0])),
    "Parquet, 32 bits": (".parquet", pl.Series([1.0, 2.0, 3.0], dtype=pl.Float32)),
    "Parquet, text": (".parquet", pl.Series(["1", "2.0", "3"])),
    "Parquet, categories": (".parquet", pl.Series(["1", "2", "3"], dtype=pl.Categorical)),
    "CSV, whole": (".csv", pl.Series([1, 2, 3])),
    "CSV, fractions": (".csv", pl.Series([1.0, 2.0, 3.0])),
    "CSV, spaces": (".csv", pl.Series([" 1", "2 ", "3.0"])),
    "JSON, whole": (".jsonl", pl.Series([1, 2, 3])),
    "JSON, fractions": (".jsonl", pl.Series([1.0, 2.0, 3.0])),
    "JSON, text": (".jsonl", pl.Series(["1", "2", "3.0"])),
}


@pytest.mark.parametrize("case", CODES)
def test_a_category_is_the_same_in_all_types_and_formats(tmp_path: Path, model: Predictor, case: str) -> None:
    extension, codes = CODES[case]
    rows = ROWS[:3].with_columns(code=codes).drop("kind", "price", "cost", "wet", "windy", "id")
    answer, notes = predicted(model, rows, tmp_path / f"in{extension}")
    assert_frame_equal(answer, model.predict(ROWS[:3]), rel_tol=1e-6)
    assert notes == []


def test_a_number_is_the_same_whether_it_is_a_text_or_not(tmp_path: Path, model: Predictor) -> None:
    rows = ROWS.with_columns(pl.col("mass", "length").cast(pl.String))
    answer, _ = predicted(model, rows, tmp_path / "in.parquet")
    assert_frame_equal(answer, model.predict(ROWS), rel_tol=1e-5)


def test_what_is_odd_is_counted_over_all_pieces_and_told_once(tmp_path: Path, model: Predictor) -> None:
    colours = pl.Series(["pink" if n % 3 == 0 else "red" for n in range(300)])
    rows = ROWS.with_columns(colour=colours).drop("kind", "price", "cost", "wet", "windy")
    assert predicted(model, rows, tmp_path / "in.csv", keep=("id",))[1] == [
        "note: colour has a category that no train row had in 100 row(s)"
    ]


def test_a_wrong_cell_far_down_is_told_with_row_and_line_and_nothing_is_left(tmp_path: Path, model: Predictor) -> None:
    cells = ROWS["length"].cast(pl.String).to_list()
    cells[250] = "long"
    with pytest.raises(DataError, match=r"column 'length' row 251 \(line 252\) of .*in\.csv: 'long' is not a number"):
        predicted(model, ROWS.with_columns(length=pl.Series(cells)), tmp_path / "in.csv")
    assert [each.name for each in tmp_path.iterdir()] == ["in.csv"]


@pytest.fixture
def heard(request: pytest.FixtureRequest) -> Iterator[int]:
    """A signal that this process listens to, which a shell may have told it not to."""
    before = signal.signal(request.param, signal.default_int_handler)
    yield request.param
    signal.signal(request.param, before)


@pytest.mark.parametrize("heard", [signal.SIGINT, signal.SIGTERM], indirect=True)
@pytest.mark.parametrize("after", [2, 5])
def test_a_signal_leaves_what_was_there(
    tmp_path: Path, model: Predictor, heard: int, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out.parquet").write_text("before")
    encode: Callable[..., object] = type(model).predict_encoded
    seen = list[object]()

    def signalled(*arguments: object) -> object:
        if len(seen) == after:  # of six pieces
            os.kill(os.getpid(), heard)
        seen.append(arguments)
        return encode(*arguments)

    monkeypatch.setattr(type(model), "predict_encoded", signalled)
    with pytest.raises(StoppedError, match="before the end; nothing was written") as stopped:
        predicted(model, ROWS, tmp_path / "in.parquet")
    assert stopped.value.exit_code == 128 + heard
    assert (tmp_path / "out.parquet").read_text() == "before"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["in.parquet", "out.parquet"]


def test_texts_are_kept_as_they_are_written(tmp_path: Path, model: Predictor) -> None:
    rows = ROWS[:4].with_columns(pl.Series("note", ["007", " 1.0", "NA", ""]))
    answer, _ = predicted(model, rows, tmp_path / "in.csv", keep=("note",))
    assert answer["note"].to_list() == ["007", " 1.0", "NA", ""]


def test_typed_columns_keep_their_type(tmp_path: Path, model: Predictor) -> None:
    day = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 10, 26), eager=True)
    rows = ROWS.with_columns(day=day, group=ROWS["colour"].cast(pl.Categorical))
    answer, _ = predicted(model, rows, tmp_path / "in.parquet", keep=("day", "group", "length"))
    assert_frame_equal(answer.select("day", "length"), rows.select("day", "length"))
    assert answer["group"].to_list() == ROWS["colour"].to_list()


def test_what_cannot_be_kept_is_explained(tmp_path: Path, model: Predictor) -> None:
    with pytest.raises(ConfigError, match=r"keep: no column 'idd'; did you mean id\?"):
        predicted(model, ROWS, tmp_path / "in.csv", keep=("idd",))
    with pytest.raises(ConfigError, match="keep: 'prediction' is the name of a column of predictions"):
        predicted(model, ROWS.rename({"id": "prediction"}), tmp_path / "in.csv", keep=("prediction",))
    with pytest.raises(DataError, match="keep: column 'id' holds List"):
        predicted(model, ROWS.with_columns(id=pl.concat_list("wet")), tmp_path / "in.parquet", keep=("id",))
    lines = [json.dumps(row | {"id": 1 if n < 200 else "a"}) for n, row in enumerate(ROWS.to_dicts())]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    with pytest.raises(DataError, match=r"keep: column 'id' holds String from row \d+ .* on, Int64 before"):
        PredictedTable(model, Source((tmp_path / "in.jsonl",)), ["id"]).write(tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_attributions_stand_behind_the_predictions(tmp_path: Path, model: Predictor) -> None:
    ROWS[:40].write_parquet(tmp_path / "in.parquet")
    PredictedTable(model, Source((tmp_path / "in.parquet",)), explain=True).write(tmp_path / "out.csv")
    answer = pl.read_csv(tmp_path / "out.csv")
    names = [f"attribution_{name}" for name in ("tenth", "length", "code", "colour")]
    assert answer.columns == [*model.predict(ROWS).columns, *names]
    with table_writer(tmp_path / "none.csv") as write:
        write(ROWS.select(mass=None, length=None, code=None, colour=None).head(1))
    nothing = model.predict(pl.read_csv(tmp_path / "none.csv", infer_schema=False))
    for row in answer.to_dicts():
        name = f"probability_{row['prediction']}"
        assert sum(row[each] for each in names) == pytest.approx(row[name] - nothing[name][0], abs=2e-3)


def test_attributions_of_one_name_are_refused_before_anything_is_predicted(tmp_path: Path, model: Predictor) -> None:
    features = model.features
    output = replace(features.output, targets=("a", "a_b"), task=Task.REGRESSION)
    other = Predictor(model.bundle)
    other.features = replace(features, output=output, columns=replace(features.columns, numeric=("b_c", "c")))
    with pytest.raises(
        ConfigError, match="explain: the attributions of two columns would both be called 'attribution_a_b_c'"
    ):
        PredictedTable(other, Source((tmp_path / "in.csv",)), explain=True).write(tmp_path / "out.csv")
