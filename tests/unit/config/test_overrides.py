"""What the command line may ask for. Keys and values are judged later (test_validate.py)."""

import pytest

from src.config.groups import find_groups
from src.config.overrides import parse, quote

GROUPS = find_groups()


def only_mistake(*overrides: str) -> str:
    [sentence] = parse(overrides, GROUPS).mistakes
    return sentence


def test_options_and_values_are_told_apart() -> None:
    request = parse(["optimizer=sgd", "optimizer.lr=3", "debug=[fast,overfit]", "experiment=null", "seed=1"], GROUPS)
    assert request.choices == {"optimizer": ["sgd"], "debug": ["fast", "overfit"], "experiment": []}
    assert {each.key_or_group: each.value() for each in request.values} == {"optimizer.lr": 3, "seed": 1}
    assert request.mistakes == []


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("~model.dropout", "nothing can be taken away"),
        ("~seed", "nothing can be taken away"),
        ("+x=", "nothing came after the ="),
        ("model.hidden=", "nothing came after the =; write null for none"),
        ("foo", "must be of the form key=value"),
        ("=3", "must be of the form key=value"),
        ("modle=mlp", "there is no group modle; did you mean model=mlp?"),
        ("model/mlp=3", "there is no group model/mlp"),
        ("model@other=mlp", "cannot be put under another key"),
        ("model=mlpp", "there is no option mlpp in model; did you mean mlp?"),
        ("loss=null", "there is no option null in loss; there are auto, "),
        ("loss=${dataset.name}", "there is no option ${dataset.name} in loss"),
        ("dataset=[penguins]", "did you mean penguins?"),
        ("debug=[fast,quick]", "there is no option quick in debug"),
        ("loss.name=mse", "would change the name and leave the other keys; write loss=mse"),
        ("optimizer.lr=1,2", "several values make a grid of runs, which -m starts"),
        ("model=glob(*)", "several values make a grid of runs, which -m starts"),
        ("model.hidden=[10,10", "a bracket is not closed"),
        ("dataset.target='x", "a quote is not closed"),
        ("dataset.where=year < 2009", "'dataset.where=\"year < 2009\"'"),
        ("hydra.callbacks.x=1", "hydra.callbacks.x is a setting of Hydra's own"),
        ("+hydra.job_logging.x=1", "hydra.job_logging.x is a setting of Hydra's own"),
        ("hydra={callbacks: {}}", "hydra is a setting of Hydra's own"),
        ("hydra/launcher=basic", "hydra/launcher is a setting of Hydra's own"),
        ("hydra.searchpath=[x]", "hydra.searchpath is a setting of Hydra's own"),
        ("optimizer._target_=os.system", "_target_ is not allowed: components are chosen by name"),
        ("optimizer={_target_: os.system}", "_target_ is not allowed"),
        ("dataset.target=${oc.env:HOME}", "must not use any ${...} but"),
        (r"dataset.target=$\{oc.env:HOME\}", "must not use any ${...} but"),
        ("dataset.derive={a: '${oc.env:HOME}'}", "must not use any ${...} but"),
        ("dataset.target='${${dataset.name}}'", "must not use any ${...} but"),
    ],
)
def test_each_wrong_override_is_explained(override: str, sentence: str) -> None:
    assert sentence in only_mistake(override)


def test_a_list_that_the_shell_split_at_a_blank_comes_with_the_remedy() -> None:
    request = parse(["model.hidden=[10,", "10]", "seed=1"], GROUPS)
    assert request.mistakes == [
        "model.hidden=[10, 10]: the shell split it at the blank; put it in quotes: 'model.hidden=[10, 10]'"
    ]
    assert [each.value() for each in request.values] == [[10, 10], 1]


def test_what_follows_an_open_bracket_is_not_swallowed() -> None:
    request = parse(["model.hidden=[10,", "seed=1"], GROUPS)
    assert len(request.mistakes) == 1
    assert [each.key_or_group for each in request.values] == ["seed"]


@pytest.mark.parametrize("text", ["a b", "x=1", "it's", 'say "hi"', "back\\slash", "[a,b]", "trailing\\"])
def test_a_quoted_text_is_taken_literally(text: str) -> None:
    [override] = parse([f"dataset.target={quote(text)}"], GROUPS).values
    assert override.value() == text
