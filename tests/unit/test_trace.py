from pathlib import Path

import pytest

from src.errors import ConfigError, DataError
from src.predict import predict
from src.trace import main, trace

ROW = "row=[37.3,16.8,19.2,30.0]"


def test_row_is_followed_to_the_class_that_is_predicted(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    predict([f"model={lesson}", ROW])
    predicted = capsys.readouterr().out
    trace([f"model={lesson}", ROW])
    told = capsys.readouterr().out
    assert "mlp 4 → 10 → 10 → 3: 193 weights and biases" in told
    assert [line.split() for line in predicted.splitlines()][-1] == ["species", "Adelie"]
    assert ["species", "Adelie"] in [line.split() for line in told.splitlines()]
    assert all(line.split()[-1] in told for line in predicted.splitlines())


def test_picture_and_page_are_written(lesson: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture, page = tmp_path / "row.svg", tmp_path / "row.html"
    trace([f"model={lesson}", ROW, "true=Gentoo", f"svg={picture}", f"html={page}"])
    assert "loss                 cross_entropy of Gentoo" in capsys.readouterr().out
    assert picture.read_text().startswith("<svg ")
    assert page.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["svg=row.png"], "svg=row.png: required: a file whose name ends in .svg"),
        (["html=nowhere/row.html"], "html=nowhere/row.html: the folder nowhere does not exist; make it first"),
        (["true=Emperor"], "true=Emperor: 'species' has no such class; there are: Adelie, Chinstrap, Gentoo"),
        (["truth=Adelie"], "truth: there is no such option; did you mean true?"),
        (["allow_custom=yes"], "allow_custom=yes: must be true or false"),
    ],
)
def test_wrong_option_is_explained(lesson: Path, options: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        trace([f"model={lesson}", ROW, *options])
    assert sentence in str(raised.value)


def test_row_is_read_as_by_the_prediction(lesson: Path) -> None:
    with pytest.raises(ConfigError, match=r"row=\[1\] has 1 values; required: 4"):
        trace([f"model={lesson}", "row=[1]"])
    with pytest.raises(DataError, match="'long' is not a number"):
        trace([f"model={lesson}", "row=[long,16.8,19.2,30.0]"])
    with pytest.raises(ConfigError, match="row= is missing"):
        trace([f"model={lesson}"])


def test_help_is_the_page_of_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["trace", "--help"])
    assert main() == 0
    assert "python -m src.trace model=RUN" in capsys.readouterr().out
