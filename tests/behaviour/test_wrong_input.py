"""What users get wrong, through the command line: one screen that says what to do, and nothing is left behind."""

from pathlib import Path
from typing import Any

import pytest
import torch

from src.command_line import run
from tests.short_run import ALWAYS, dataset_of

ROWS = "y,x,z\n" + "".join(f"{'ab'[j % 2]},{j},{j % 7}\n" for j in range(40))
OWN = {"target": "y", "columns": {"numeric": ["x", "z"]}}


def refused(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and message of a run that must not begin; checks what is common to all of them."""
    before = sorted(folder.rglob("*"))
    code = run([*ALWAYS, f"hydra.run.dir={folder / 'run'}", *arguments])
    said, message = capsys.readouterr()
    assert said == ""
    assert 0 < len(message.splitlines()) <= 25
    assert len(message) < 3000
    assert "Traceback" not in message
    assert sorted(folder.rglob("*")) == before
    return code, message


CONFIGURATION: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "three misspelt at once": (
        ("optimiser=sgd", "optimizer=sdg", "model.hiden=[3]"),
        ("3 mistakes", "optimiser", "did you mean optimizer", "did you mean sgd", "did you mean model.hidden"),
    ),
    "a text for a number": (("optimizer.lr=fast",), ("optimizer.lr", "number", "fast")),
    "half an epoch": (("trainer.max_epochs=2.5",), ("trainer.max_epochs", "2.5")),
    "a text for a list": (("model.hidden=ten",), ("model.hidden", "ten")),
    "a negative size": (("model.hidden=[10,-3]",), ("model.hidden", "-3")),
    "an empty batch": (("trainer.batch_size=0",), ("trainer.batch_size", "0")),
    "no layer": (("model.hidden=[]",), ("model.hidden",)),
    "a rate above one": (("model.dropout=1.5",), ("model.dropout", "1.5")),
    "an activation too many": (("model.activation=[relu,tanh,relu]",), ("model.activation", "3", "2")),
    "fractions beyond one": (("dataset.split.train=0.9",), ("train + validation + test must be 1", "1.2")),
    "the target among the columns": (("dataset.target=bill_length_mm",), ("bill_length_mm", "input")),
    "a loss for numbers": (("loss=mse",), ("loss=mse does not fit", "'species'", "cross_entropy")),
    "weights for two of three classes": (
        ("loss=cross_entropy", "loss.class_weights=[1,2]"),
        ("2 entries", "required: 3", "Adelie, Chinstrap, Gentoo"),
    ),
    "batches of one row under batch norm": (
        ("model.norm=batch", "trainer.batch_size=1"),
        ("model.norm", "2 rows in each batch", "batch_size"),
    ),
    "an option that is none": (("--epochs=3",), ("--epochs=3", "no such option", "key=value")),
    "resume and more": (("resume=runs/x",), ("resume=RUN goes on", "nothing else can be given but allow_custom=true")),
}


@pytest.mark.parametrize(("arguments", "told"), CONFIGURATION.values(), ids=CONFIGURATION)
def test_a_wrong_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: tuple[str, ...]
) -> None:
    code, message = refused(capsys, tmp_path, *arguments)
    assert code == 2
    for each in told:
        assert each in message


def rows(**changed: str) -> str:
    """The table with other texts in some places: `x3=nan` is column x of data row 3."""
    lines = [line.split(",") for line in ROWS.splitlines()]
    for place, text in changed.items():
        lines[int(place[1:])]["yxz".index(place[0])] = text
    return "\n".join(map(",".join, lines)) + "\n"


DATA: dict[str, tuple[str | bytes, dict[str, Any], tuple[str, ...]]] = {
    "a column that is not there": (
        ROWS.replace("y,x,z", "y,length,z"),
        {"columns": {"numeric": ["lenght", "z"]}},
        ("'lenght'", "did you mean", "length"),
    ),
    "a target that is not there": (ROWS, {"target": "why"}, ("'why'", "y, x, z")),
    "a target with a missing value": (rows(y3=""), {}, ("target 'y'", "missing in 1 of 40 rows", "row 3", "where")),
    "a text among numbers": (rows(x5="many"), {}, ("column 'x'", "row 5", "line 6", "'many'", "categorical")),
    "a column of texts": (ROWS, {"target": "z", "columns": {"numeric": ["x", "y"]}}, ("column 'y'", "row 1", "'a'")),
    "an empty file": ("", {}, ("empty", "header")),
    "only a header": ("y,x,z\n", {}, ("no row",)),
    "a class of one row": (rows(y1="c"), {}, ("class 'c'", "1 row ", "row 1", "dataset.where")),
    "a single class": (ROWS.replace("b,", "a,"), {}, ("target 'y'", "'a' in all rows")),
    "a NaN": (rows(x7="nan"), {}, ("column 'x'", "row 7", "nan", "missing.markers")),
    "an infinite number": (rows(z40="inf"), {}, ("column 'z'", "row 40", "inf")),
    "a number beyond 32 bits": (rows(x2="1e300"), {}, ("column 'x'", "row 2", "1e+300")),
    "a row too long": (rows(z9="1,2"), {}, ("line 10", "4", "3")),
    "not UTF-8": (ROWS.encode().replace(b"b,1,", b"\xff,1,"), {}, ("line 3", "UTF-8")),
    "a column twice": (ROWS.replace("y,x,z", "y,x,x"), {}, ("x",)),
    "a missing column in where": (ROWS, {"where": "w > 3"}, ("where", "w")),
    "no row left": (ROWS, {"where": "x > 1000"}, ("where", "none of the 40 rows")),
    "an expression of texts": (ROWS, {"derive": {"d": "y + 1"}, "columns": {"numeric": ["d"]}}, ("d", "y")),
    "three classes for a binary task": (rows(y1="c", y2="c", y3="c"), {"task": "binary"}, ("3 classes", "binary")),
    "classes for a regression": (ROWS, {"task": "regression"}, ("'y'", "'a'")),
    "the answer among the inputs": (
        ROWS,
        {"target": "z", "derive": {"d": "z * 2"}, "columns": {"numeric": ["d"]}},
        ("'d'", "target 'z'", "answer"),
    ),
}


@pytest.mark.parametrize(("table", "dataset", "told"), DATA.values(), ids=DATA)
def test_wrong_data(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    table: str | bytes,
    dataset: dict[str, Any],
    told: tuple[str, ...],
) -> None:
    conf = dataset_of(tmp_path, table, OWN | dataset)
    code, message = refused(capsys, tmp_path, f"--config-dir={conf}", "dataset=own")
    assert code == 3, message
    for each in told:
        assert each in message


def test_no_such_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    conf = dataset_of(tmp_path, ROWS, OWN | {"path": str(tmp_path / "tabel.csv")})
    code, message = refused(capsys, tmp_path, f"--config-dir={conf}", "dataset=own")
    assert code == 3
    assert "no such file" in message
    assert "did you mean table.csv?" in message


@pytest.mark.parametrize(
    "line", ["_target_: os.system", "columns: {_target_: os.system}", "path: ${oc.env:HOME}", "name: &a x\npath: *a"]
)
def test_a_file_that_could_run_or_reveal_something(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    conf = tmp_path / "conf" / "dataset"
    conf.mkdir(parents=True)
    (conf / "own.yaml").write_text(f"target: y\n{line}\n")
    code, message = refused(capsys, tmp_path, f"--config-dir={conf.parent}", "dataset=own")
    assert code == 2
    assert "own.yaml:2" in message or "own.yaml:3" in message


@pytest.mark.parametrize(("place", "code"), [("file/run", 4), ("file", 2), ("/proc/run", 4)])
def test_a_run_folder_that_cannot_be_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, code: int
) -> None:
    (tmp_path / "file").write_text("")
    assert run([*ALWAYS, f"hydra.run.dir={tmp_path / place}"]) == code
    said, message = capsys.readouterr()
    assert said == ""
    assert place in message
    assert "hydra.run.dir" in message


def test_a_network_larger_than_the_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for hidden in (10**12, 10**18, 10**30):
        code, message = refused(capsys, tmp_path, f"model.hidden=[{hidden}]")
        assert code == 4
        assert "model: mlp" in message
        assert "does not fit into memory" in message


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a CUDA device")
def test_a_gpu_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, message = refused(capsys, tmp_path, "trainer.accelerator=gpu")
    assert code == 4
    assert "required 1 GPU(s), found 0" in message


def test_a_second_run_into_the_same_folder(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in lesson.rglob("*") if path.is_file()}
    assert run([*ALWAYS, f"hydra.run.dir={lesson}"]) == 2
    assert "holds a run already, and nothing is written over" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in lesson.rglob("*") if path.is_file()} == before


def test_resume_of_what_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([f"resume={tmp_path}"]) == 2
    assert "must be the folder of a run" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_resume_of_a_finished_run(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([f"resume={lesson}"]) == 0
    assert "is finished; there is nothing to resume" in capsys.readouterr().out
