"""Cross-validations, compared over their out-of-fold rows."""

import json
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import torch

from src.comparison.answers import answers_of, together
from src.comparison.comparison import compare
from src.comparison.finished import finished, folds_of, over_folds
from src.comparison.report import as_text, conclusion
from src.errors import DataError
from tests.made_up_answers import coloured
from tests.made_up_run import TIMES

TRUTH = ["red", "green", "blue", "green"] * 25
NEXT = {"red": "green", "green": "blue", "blue": "red"}
FOLDS = ([*range(0, 40)], [*range(40, 100)])
"""Rows of each fold."""


def cross_validation(folder: Path, wrong: set[int], folds: Any = FOLDS, **config: Any) -> Path:
    """Each row but those of `wrong` is answered right, in each fold that has it."""
    folder.mkdir()
    for number, rows in enumerate(folds):
        truth = [TRUTH[row] for row in rows]
        chosen = [NEXT[TRUTH[row]] if row in wrong else TRUTH[row] for row in rows]
        coloured(folder / str(number), truth, chosen, row=rows, **config)
    jobs = [{"job": number, "folder": str(number)} for number in range(len(folds))]
    (folder / "grid.json").write_text(json.dumps({"status": "finished", "folds": True, "jobs": jobs} | TIMES))
    return folder


def test_a_metric_is_the_mean_over_the_folds_and_the_rows_are_paired_over_all_of_them(tmp_path: Path) -> None:
    a, b = cross_validation(tmp_path / "a", {*range(10)}), cross_validation(tmp_path / "b", {*range(5, 8), 50, 51})
    comparison = compare([a, b], 1000)
    measured = [side.metrics(["accuracy"])["accuracy"] for side in comparison.sides]
    assert measured == pytest.approx([fmean([30 / 40, 1]), fmean([37 / 40, 58 / 60])])
    [pair] = comparison.pairs
    assert (pair.signs.better, pair.signs.worse, pair.signs.equal) == (7, 2, 91)
    found = pair.differences["accuracy"]
    assert found.value == pytest.approx(measured[1] - measured[0])
    # of fold 0 7 of 40 rows say 1, of fold 1 2 of 60 say -1: variances of the means, and of the mean of both
    variance = ((7 / 40 - (7 / 40) ** 2) / 40 + (2 / 60 - (2 / 60) ** 2) / 60) / 4
    assert found.high - found.low == pytest.approx(2 * 1.96 * variance**0.5, rel=0.15)
    text = as_text(comparison)
    assert "A  1 of 2 folds" in text
    assert "100 out-of-fold rows; in brackets" in text
    assert "note: metrics are means over the folds" in text
    assert "right or wrong (McNemar's exact test)" in text
    assert comparison.differing() == {}


def test_rows_that_other_folds_hold_are_paired_all_the_same(tmp_path: Path) -> None:
    a = cross_validation(tmp_path / "a", {*range(40)})
    b = cross_validation(tmp_path / "b", {3}, folds=([*range(1, 100, 2)], [*range(0, 100, 2)]))
    assert conclusion(compare([a, b], 1000)).startswith("B is better than A by accuracy 0.4")


def test_a_row_of_several_repeats_counts_once_with_its_mean(tmp_path: Path) -> None:
    folds = ([*range(50)], [*range(50, 100)], [*range(0, 100, 2)], [*range(1, 100, 2)])
    folder = cross_validation(tmp_path / "a", {0, 1}, folds=folds)
    first = coloured(tmp_path / "wrong", TRUTH[:50], [NEXT[each] for each in TRUTH[:50]], row=range(50))
    (folder / "0").rename(tmp_path / "right")
    first.rename(folder / "0")
    answers = together(over_folds(folder, folds_of(folder)), [answers_of(finished(each)) for each in folds_of(folder)])
    assert len(answers.row) == 100
    assert not answers.is_single
    expected = torch.tensor([0.0, 0.0, *[0.5] * 48, *[1.0] * 50], dtype=torch.float64)
    assert answers.score().equal(expected)
    assert answers.metrics(["accuracy"])["accuracy"] == pytest.approx(fmean([0, 1, 49 / 50, 49 / 50]))


def test_a_cross_validation_and_a_run_of_other_rows_are_not_compared(tmp_path: Path) -> None:
    folds = cross_validation(tmp_path / "folds", set())
    run = coloured(tmp_path / "run", TRUTH[:40], TRUTH[:40])
    with pytest.raises(
        DataError, match=r"tested on 100 rows, .*run on 40, 40 of them the same; required"
    ):
        compare([folds, run], 1000)


def test_folds_that_do_not_know_the_same_classes_are_refused(tmp_path: Path) -> None:
    folder = cross_validation(tmp_path / "folds", set())
    one, other = (answers_of(finished(fold)) for fold in folds_of(folder))
    more = replace(other, output=replace(other.output, classes=(*other.output.classes, "violet")))
    with pytest.raises(DataError, match=r"folds.0 and .*folds.1 do not know the same classes; .* dataset\.classes"):
        together(over_folds(folder, folds_of(folder)), [one, more])
