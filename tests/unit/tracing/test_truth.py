import pytest
import torch

from src.errors import ConfigError, DataError
from src.spec import OutputSpec
from src.task import Task
from src.tracing.truth import truth

CLASSES = OutputSpec(("species",), Task.MULTICLASS, ("1", "2", "Gentoo"))
LABELS = OutputSpec(("a", "b"), Task.MULTILABEL)
PRICE = OutputSpec(("price",), Task.REGRESSION)
PRICES = OutputSpec(("net", "gross"), Task.REGRESSION)


def test_class_is_found_by_name_however_its_number_is_written() -> None:
    assert truth("Gentoo", CLASSES).tolist() == [2]
    assert truth("2.0", CLASSES).tolist() == [1]


def test_class_is_found_in_either_unicode_form() -> None:
    assert truth("e\u0301", OutputSpec(("kind",), Task.BINARY, ("b", "é"))).tolist() == [1]


def test_number_is_in_units_of_the_target() -> None:
    assert torch.equal(truth("12.5", PRICE), torch.tensor([12.5], dtype=torch.float64))


@pytest.mark.parametrize("text", ["[1.5, 2]", "{gross: 2, net: 1.5}"])
def test_several_numbers_come_in_order_or_by_name(text: str) -> None:
    assert torch.equal(truth(text, PRICES), torch.tensor([[1.5, 2.0]], dtype=torch.float64))


@pytest.mark.parametrize("text", ["[yes, 0]", "{b: false, a: 1}"])
def test_labels_are_written_as_in_a_table(text: str) -> None:
    assert truth(text, LABELS).tolist() == [[1, 0]]


def test_unknown_class_is_explained() -> None:
    with pytest.raises(ConfigError, match="true=Adelie: 'species' has no such class; there are: 1, 2, Gentoo"):
        truth("Adelie", CLASSES)


@pytest.mark.parametrize("text", ["[1]", "[1, 2, 3]", "{net: 1}", "{net: 1, gros: 2}", "[1, null]"])
def test_every_target_needs_a_value(text: str) -> None:
    with pytest.raises(ConfigError, match="required: a value for each of the 2 targets, net, gross"):
        truth(text, PRICES)


def test_text_is_no_number_and_no_label() -> None:
    with pytest.raises(DataError, match="column 'price' row 1: 'dear' is not a number"):
        truth("dear", PRICE)
    with pytest.raises(DataError, match="target 'b' row 1: 'maybe' is no label; required: 0 or 1"):
        truth("[1, maybe]", LABELS)


def test_several_targets_need_a_list_or_a_mapping() -> None:
    with pytest.raises(ConfigError, match=r"true=7: required: a list like \[37.3, 16.8\], or {column: value}"):
        truth("7", PRICES)
