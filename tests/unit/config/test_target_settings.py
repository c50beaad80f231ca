"""Keys of `dataset` about the target and the weight: what contradicts itself or has no effect is a mistake."""

import pytest

from src.config.compose import compose
from src.errors import ConfigError


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("target=[]", "dataset.target: must be a list with at least 1 entry"),
        ("target=[year,year]", "dataset.target: year named more than once"),
        ("target=[species,bill_length_mm]", "the target 'bill_length_mm' cannot be an input as well"),
        ("target=[species,year] split.by=group split.column=year", "the target 'year' cannot decide about the split"),
        ("target=[sex,year] task=multiclass", "dataset.task: multiclass is of one column, target names 2; take multi"),
        ("task=multilabel", "dataset.task: multilabel is of several columns, one for each label; target names one"),
        ("target=[sex,island] classes=[a,b]", "dataset.classes: has no effect with several targets"),
        ("weight=species", "dataset.weight: species says what a row counts; it cannot be input or target as well"),
        ("weight=bill_depth_mm", "dataset.weight: bill_depth_mm says what a row counts"),
        ("weight=year columns.auto=true columns.drop=[year]", "dataset.weight: year says what a row counts"),
    ],
)
def test_a_setting_without_effect_or_sense_is_explained(settings: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        compose([f"dataset.{each}" for each in settings.split()])
    assert sentence in str(caught.value)


def test_a_list_of_one_target_is_that_target() -> None:
    for target in ("year", "[year]"):
        dataset = compose([f"dataset.target={target}", "dataset.weight=island"]).config.dataset
        assert dataset.targets == ["year"]
        assert dataset.beside == ["year", "island"]
