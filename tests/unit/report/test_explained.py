"""What is told of the columns that pushed a network to its worst answers."""

import html
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
import torch
from torch import Tensor, nn

from src import attribution
from src.attribution import attribute
from src.bundle import Bundle
from src.data.part import Part
from src.errors import ConfigError
from src.inference import Predictor
from src.models.categorical import MISSING
from src.models.network import Network
from src.report.answered import Answered
from src.report.explained import Explained, Share, explained
from src.report.inputs import columns_of
from src.report.sections.explained import explanations
from src.report.worst import Worst, written
from src.spec import OutputSpec
from tests.unit.report.made_up_rows import FOUR, LABELS, VALUE, VALUES, rows_of
from tests.untrained import predictor, table

MODELS: dict[str, dict[str, Any]] = {
    "classes": {},
    "an ensemble": {"members": 3},
    "a number": {"target": "price"},
    "numbers": {"target": ["price", "cost"]},
    "labels": {"target": ["wet", "windy"]},
}


def answered(model: Predictor, n: int = 40) -> Answered:
    """Rows whose truth has nothing to do with their cells."""
    frame, output = table(n, seed=1).with_columns(kind=pl.int_range(n) % 2), model.features.output
    x_num, x_cat = model.features.encode(frame)
    y = frame.select(output.targets).to_torch().squeeze(1)
    return Answered(Part(x_num, x_cat, y, torch.arange(1, n + 1)), model.predict_encoded(x_num, x_cat), output)


def subject(model: Predictor) -> Any:
    """As much of a report's as this needs."""
    rows, columns = answered(model), columns_of(model.features)
    found = explained(Worst.of(rows), model, columns)
    return SimpleNamespace(tested=rows, explained=found, worst=Worst.of(rows), columns=columns)


def page(tested: Answered, found: list[Explained]) -> str:
    of: Any = SimpleNamespace(tested=tested, explained=found)
    return explanations(of)


def told(of: Any) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", explanations(of)))


@pytest.mark.parametrize("name", MODELS)
def test_each_column_has_the_number_that_attribute_gives_it(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attribution, "_STEPS", (64,))  # rows of which one answer is asked need not get more than others
    model = predictor(tmp_path, **MODELS[name])
    of = subject(model)
    part, names = of.worst.rows.part, model.features.columns.names
    values = attribute(model, part.x_num, part.x_cat).values
    answers = of.worst.answer if values.shape[1] > 1 else torch.zeros(len(part), dtype=torch.int64)
    assert len(of.explained) == 10
    for row, each in enumerate(of.explained):
        expected = dict(zip(names, values[row, answers[row]].tolist(), strict=True))
        found = {share.column: share.value for share in each.shares}
        assert found == pytest.approx({column: value for column, value in expected.items() if value}, rel=1e-3)
        assert [*found.values()] == sorted(found.values(), key=abs, reverse=True)


@pytest.mark.parametrize("name", MODELS)
def test_the_columns_lead_from_a_row_without_cells_to_the_answer(tmp_path: Path, name: str) -> None:
    model = predictor(tmp_path, **MODELS[name])
    of, output = subject(model), model.features.output
    part = of.worst.rows.part
    nothing = torch.full_like(part.x_num, torch.nan), torch.full_like(part.x_cat, MISSING)
    said, before = of.worst.rows.prediction, model.predict_encoded(*nothing)
    for row, each in enumerate(of.explained):
        answer = of.worst.answer[row]
        numbers = [of.probability if output.answers else of.point.reshape(len(part), -1) for of in (before, said)]
        assert [each.before, each.after] == pytest.approx([values[row, answer].item() for values in numbers], rel=1e-4)
        assert sum(share.value for share in each.shares) + each.gap == pytest.approx(each.after - each.before)
        assert each.complete


def test_the_answer_that_is_explained_is_the_most_wrong_one() -> None:
    labels, value, values = rows_of(LABELS), rows_of(VALUE), rows_of(VALUES)
    truth = torch.where(labels.y == 1, labels.prediction.probability, 1 - labels.prediction.probability)
    assert labels.most_wrong().tolist() == truth.argmin(1).tolist()
    assert not value.most_wrong().any()
    off = (values.prediction.point - values.y).abs() / values.y.std(0, correction=0)
    assert values.most_wrong().tolist() == off.argmax(1).tolist()
    assert {*values.most_wrong().tolist()} == {0, 1}


def test_errors_in_standard_deviations_are_those_of_all_rows() -> None:
    rows = rows_of(VALUES)
    off = ((rows.prediction.point - rows.y).abs() / rows.y.std(0, correction=0)).mean(1)
    _, *lines = written(Worst.of(rows), [])
    worst = off.sort(descending=True).values[:10].tolist()
    assert [float(line[-1]) for line in lines] == pytest.approx(worst, rel=1e-3)


def test_a_column_that_the_network_ignores_has_no_bar(tmp_path: Path) -> None:
    model = predictor(tmp_path)
    assert "length: " in told(subject(model))
    with torch.no_grad():
        next(model.bundle.network.parameters())[:, 1] = 0.0
    of = subject(model)
    assert {share.column for each in of.explained for share in each.shares} == {"tenth", "code", "colour"}
    assert "length: " not in told(of)


class Own(Network):
    """A network of the user's own, whose categories go a way of their own."""

    def __init__(self, model: Predictor, kind: str) -> None:
        super().__init__(model.features.input)
        self.kind, sizes = kind, model.features.input.cardinalities
        self.layers = nn.Sequential(nn.Linear(self.numeric.d_out, 1))
        self.embedding = nn.Embedding(sum(sizes), 1)

    def from_encoded(self, x: Tensor, x_cat: Tensor) -> Tensor:
        if self.kind == "in place":
            x += 1
        of_categories: Tensor = self.embedding(x_cat).sum(1)
        return of_categories if self.kind == "no numbers" else self.layers(x) + of_categories


def own(folder: Path, kind: str) -> Predictor:
    model = predictor(folder)
    torch.manual_seed(0)
    facts = {"example": [], "config": {"model": {"name": "custom", "class_name": "Own", "path": "own.py"}}}
    return Predictor(Bundle(Own(model, kind).eval(), model.features, facts))


def test_sums_that_are_incomplete_are_said(tmp_path: Path) -> None:
    of = subject(own(tmp_path, "of its own"))
    each = next(each for each in of.explained if not each.complete)
    of_numbers = sum(share.value for share in each.shares)
    assert {share.column for share in each.shares} <= {"tenth", "length"}
    assert each.gap == pytest.approx(each.after - each.before - of_numbers)
    total = each.after - each.before
    assert f"Incomplete: {each.gap:.4g} of {total:.4g} is shared out to no column" in told(of)


def test_a_network_that_does_not_use_its_numbers_has_no_bars(tmp_path: Path) -> None:
    of = subject(own(tmp_path, "no numbers"))
    assert not any(each.shares for each in of.explained)
    assert "No column adds" in told(of)


def test_a_network_that_torch_cannot_differentiate_is_told_and_ends_nothing(tmp_path: Path) -> None:
    model = own(tmp_path, "in place")
    sentence = r"Own of own.py has no gradient by its inputs.*: a leaf Variable that requires grad is being used in"
    with pytest.raises(ConfigError, match=sentence):
        subject(model)

    class Subject(SimpleNamespace):
        @property
        def explained(self) -> list[Explained]:
            return explained(Worst.of(self.tested), model, columns_of(model.features))

    assert re.search(sentence, told(Subject(tested=answered(model))))


def made_up(shares: list[tuple[str, float]], **keys: Any) -> Explained:
    found = tuple(Share(name, "1", value) for name, value in shares)
    facts: dict[str, Any] = {"row": 7, "answer": "price", "said": "9", "truth": "2", "before": 0.0, "after": 9.0}
    return Explained(**facts | {"shares": found, "gap": 0.0, "complete": True} | keys)


def texts(found: list[Explained], tested: Answered) -> list[list[str]]:
    """Of each picture."""
    pictures = re.findall(r"<svg.*?</svg>", page(tested, found), re.DOTALL)
    return [[html.unescape(each) for each in re.findall(r"<text[^>]*>([^<]*)<", picture)] for picture in pictures]


def test_of_many_columns_the_strongest_have_a_bar_and_the_others_one_together() -> None:
    name = "a very long name of a column, of which there are many, number "
    [picture] = texts([made_up([(f"{name}{number}", 2.0**-number) for number in range(300)])], rows_of(VALUE))
    assert picture[1::2] == ["+1.00", "+0.50", "+0.25", "+0.12", "+0.06", "+0.06"]
    assert picture[0] == "a very long name …re many, number 0: 1"
    assert picture[-2] == "295 other columns"


def test_a_sixth_column_is_told_too() -> None:
    [picture] = texts([made_up([(name, -1.0) for name in "abcdef"])], rows_of(VALUE))
    assert picture[::2] == [f"{name}: 1" for name in "abcdef"]


def test_probabilities_have_one_scale_and_targets_one_each() -> None:
    widths = re.compile(r'width="([\d.]+)" height="9"')
    found = [made_up([("a", 1.0)]), made_up([("a", 10.0)]), made_up([("a", 0.5)], answer="age")]
    for output, answers, expected in ((FOUR, "aaa", [0.1, 1, 0.05]), (VALUES, ("price", "price", "age"), [0.1, 1, 1])):
        alike = [replace(each, answer=answer) for each, answer in zip(found, answers, strict=True)]
        shown = widths.findall(page(rows_of(output), alike))
        assert [float(width) / 316 for width in shown] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("output", "keys", "title", "caption"),
    [
        (FOUR, {"answer": "b", "said": "b", "truth": "a"}, "Row 7: predicted b, truth a", "probability of b: 0"),
        (FOUR, {"answer": "b", "said": "b", "truth": "b"}, "Row 7: predicted b, rightly", "probability of b: 0"),
        (LABELS, {"answer": "c", "said": "not c"}, "Row 7: predicted not c, truth 2", "probability of c: 0"),
        (VALUE, {}, "Row 7: predicted 9, truth 2", "price: 0 where nothing is known, 9 here"),
        (VALUES, {}, "Row 7, price: predicted 9, truth 2", "price: 0 where nothing is known, 9 here"),
    ],
)
def test_a_card_says_what_was_answered_and_what_is_true(
    output: OutputSpec, keys: dict[str, str], title: str, caption: str
) -> None:
    text = page(rows_of(output), [made_up([("a", 1.0)], **keys)])
    assert f"<h3>{title}</h3>" in text
    assert caption in text


def test_where_no_row_is_wrong_nothing_is_explained() -> None:
    assert page(rows_of(VALUE), []) == ""
