import pytest

from src.arguments import read
from src.errors import ConfigError

KNOWN = {"model": "the run: model=FOLDER", "input": "a table: input=FILE.csv", "row": "one row: row=[1,2]"}


def test_options_are_read_as_they_stand() -> None:
    arguments = ["row=[37.3, 16.8]", "model=runs/a=b", "input="]
    assert read(arguments, KNOWN, required=["model"]) == {"row": "[37.3, 16.8]", "model": "runs/a=b", "input": ""}
    assert read([], KNOWN) == {}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["modle=a"], r"modle: there is no such option; did you mean model\?"),
        (["x=1"], r"x: there is no such option; known: model, input, row"),
        (["=1"], r": there is no such option; known: model, input, row"),
        (["model=a", "model=b"], r"model is given twice"),
        (["runs/a"], r"'runs/a' is not of the form key=value \(quote a value with blanks\)"),
        (["model"], r"'model' is not of the form key=value"),
        (["--model=a"], r"--model: there is no such option; did you mean model\?"),
    ],
)
def test_a_wrong_option_is_explained(arguments: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence) as error:
        read(arguments, KNOWN)
    assert len(error.value.mistakes) == 1


def test_a_required_option_that_is_missing_is_explained() -> None:
    with pytest.raises(ConfigError, match=r"model= is missing: the run: model=FOLDER"):
        read(["input=a.csv"], KNOWN, required=["model"])


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as error:
        read(["inptu=a", "b c", "row=[1]", "row=[2]"], KNOWN, required=["model"])
    assert error.value.mistakes == (
        "inptu: there is no such option; did you mean input?",
        "'b c' is not of the form key=value (quote a value with blanks)",
        "row is given twice",
        "model= is missing: the run: model=FOLDER",
    )
