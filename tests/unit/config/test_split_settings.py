"""Section `dataset.split`: a setting without effect is a mistake."""

import pytest

from src.config.compose import compose
from src.config.split import Split
from src.errors import ConfigError


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("by=group", "dataset.split.column: by: group needs one; name a column of the table"),
        ("by=time", "by: time needs one"),
        ("by=random column=year", "column: has no effect with by: random"),
        ("key=[year]", "key: has no effect with by: stratified; it decides alone, so by: random goes with it"),
        ("by=column column=year train=0.8 validation=0.1 test=0.1", "train: has no effect with by: column"),
        ("by=time column=year seed=3", "seed: has no effect with by: time, in which nothing is random"),
        ("by=group column=species", "the target 'species' cannot decide about the split"),
        ("by=column column=bill_length_mm", "bill_length_mm says what each row is for; it cannot be an input as well"),
        ("fold=1", "dataset.split.fold: has an effect with folds only"),
        ("repeats=2", "dataset.split.repeats: has an effect with folds only"),
        ("folds=5 fold=5", "dataset.split.fold: must be at most 4, counted from 0; got 5"),
        ("folds=1", "dataset.split.folds: must be "),
        ("by=column column=part folds=5", "folds: cannot go with by: column"),
        ("by=time column=year folds=5 repeats=2", "repeats: would be the same each time with by: time"),
    ],
)
def test_a_setting_without_effect_or_sense_is_explained(settings: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        compose([f"dataset.split.{each}" for each in settings.split()])
    assert sentence in str(caught.value)


def test_folds_stand_for_one_run_each_unless_one_is_chosen() -> None:
    assert (Split().runs, Split(folds=5, repeats=3).runs, Split(folds=5, repeats=3, fold=14).runs) == (1, 15, 1)


def test_each_fold_has_a_hash_of_its_own() -> None:
    hashes = {compose(["dataset.split.folds=3", f"dataset.split.fold={fold}"]).config.hash for fold in range(3)}
    assert len(hashes) == 3
