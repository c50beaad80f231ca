import json
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from statistics import stdev
from typing import Any

import pytest

from src.compare import compare as command
from src.comparison.comparison import Comparison, compare
from src.comparison.page import page
from src.comparison.report import as_text, conclusion
from src.errors import ConfigError, DataError, MachineError
from tests.made_up_answers import PRICE, coloured, make_tested, priced
from tests.made_up_run import make_grid, make_run

TRUTH = ["red", "green", "blue", "green"] * 25


def but(wrong: int, start: int = 0) -> list[str]:
    """The truth, but for so many rows from `start` on."""
    return [
        {"red": "green", "green": "blue", "blue": "red"}[colour] if start <= row < start + wrong else colour
        for row, colour in enumerate(TRUTH)
    ]


def compared(*folders: Path) -> Comparison:
    return compare(folders, 1000)


def said(*folders: Path) -> str:
    return conclusion(compared(*folders))


def test_difference_of_accuracy_and_the_rows_behind_it_are_counted(tmp_path: Path) -> None:
    a, b = coloured(tmp_path / "a", TRUTH, but(20)), coloured(tmp_path / "b", TRUTH, but(8, start=15))
    [pair] = compared(a, b).pairs
    found = pair.differences["accuracy"]
    assert found.value == pytest.approx(0.12)
    assert (pair.signs.better, pair.signs.worse, pair.signs.equal) == (15, 3, 82)
    # of 100 rows 15 say 1 and 3 say -1: their mean has a standard error of 0.04
    assert found.low == pytest.approx(0.12 - 1.96 * 0.04, abs=0.015)
    assert found.high == pytest.approx(0.12 + 1.96 * 0.04, abs=0.015)


def test_better_one_is_named_whichever_comes_first(tmp_path: Path) -> None:
    bad, good = coloured(tmp_path / "a", TRUTH, but(40)), coloured(tmp_path / "b", TRUTH, but(10))
    ends = r"by accuracy 0\.3 \(0\.2\d* to 0\.\d+\)"
    assert re.fullmatch(f"B is better than A {ends}", said(bad, good))
    assert re.fullmatch(f"A is better than B {ends}", said(good, bad))


def test_lower_errors_are_better(tmp_path: Path) -> None:
    truth = [float(row % 7) for row in range(60)]
    near, far = ([value + error * (-1) ** row for row, value in enumerate(truth)] for error in (1.0, 3.0))
    a, b = priced(tmp_path / "far", truth, far), priced(tmp_path / "near", truth, near)
    assert said(a, b) == "B is better than A by rmse 2 (2 to 2)"
    [pair] = compared(a, b).pairs
    assert pair.differences["rmse"].value == pytest.approx(-2)
    assert (pair.signs.better, pair.signs.worse) == (60, 0)


def test_interval_with_zero_in_it_shows_no_difference(tmp_path: Path) -> None:
    a, b = coloured(tmp_path / "a", TRUTH, but(10)), coloured(tmp_path / "b", TRUTH, but(9, start=50))
    assert re.fullmatch(
        r"no difference shown between A and B: accuracy 0\.01 \(-0\.\d+ to 0\.\d+\), 100 test rows", said(a, b)
    )


def test_runs_that_differ_in_seed_only_are_one_side_with_a_spread(tmp_path: Path) -> None:
    other = {"name": "mlp", "hidden": [64]}
    alone = coloured(tmp_path / "alone", TRUTH, but(50), model=other)
    seeds = [coloured(tmp_path / str(seed), TRUTH, but(10 * seed), seed=seed) for seed in (1, 2, 4)]
    comparison = compared(alone, *seeds)
    _, several = comparison.sides
    assert [len(side.runs) for side in comparison.sides] == [1, 3]
    assert several.metrics(["accuracy"])["accuracy"] == pytest.approx((0.9 + 0.8 + 0.6) / 3)
    assert several.spread(["accuracy"])["accuracy"] == pytest.approx(stdev([0.9, 0.8, 0.6]))
    assert "accuracy  0.7667 ± 0.15\n" in as_text(comparison)
    assert comparison.differing()["seed"] == ["0", "1, 2, 4"]
    [pair] = comparison.pairs
    assert pair.differences["accuracy"].value == pytest.approx(0.7667 - 0.5, abs=1e-4)
    assert (pair.signs.better, pair.signs.worse, pair.signs.equal) == (40, 0, 60)


def test_seeds_of_a_single_configuration_are_compared_one_by_one(tmp_path: Path) -> None:
    runs = [coloured(tmp_path / str(seed), TRUTH, but(10 * seed), seed=seed) for seed in (0, 1, 4)]
    comparison = compared(*runs)
    assert [side.letter for side in comparison.sides] == ["A", "B", "C"]
    assert comparison.differing() == {"seed": ["0", "1", "4"]}
    assert "A to C (3 runs)" in as_text(comparison)
    assert len(conclusion(comparison).splitlines()) == 2
    assert "2 pairs; each interval stands for itself" in as_text(comparison)


def test_folder_of_a_grid_stands_for_its_runs(tmp_path: Path) -> None:
    jobs = [{"job": job, "folder": str(job)} for job in (0, 1)]
    for job in (0, 1):
        coloured(tmp_path / str(job), TRUTH, but(9 * job), optimizer={"lr": 0.1 * job})
    (tmp_path / "grid.json").write_text(json.dumps({"jobs": jobs, "folds": False}))
    assert compared(tmp_path).differing() == {"optimizer.lr": ["0.0", "0.1"]}


def test_only_keys_that_differ_are_shown_and_nothing_of_tracking(tmp_path: Path) -> None:
    a = coloured(tmp_path / "a", TRUTH, TRUTH, optimizer={"name": "adam", "lr": 0.1}, tracking={"enabled": True})
    b = coloured(tmp_path / "b", TRUTH, TRUTH, optimizer={"name": "sgd", "lr": 0.1, "momentum": 0.9}, tracking={})
    assert compared(a, b).differing() == {"optimizer.name": ["adam", "sgd"], "optimizer.momentum": ["-", "0.9"]}


@pytest.mark.parametrize(
    ("monitors", "name"),
    [
        (("loss", "loss"), "accuracy"),
        (("log_loss", "log_loss"), "log_loss"),
        (("log_loss", "accuracy"), "accuracy"),
        (("roc_auc", "roc_auc"), "accuracy"),  # which they did not measure, since it was undefined
    ],
)
def test_metric_that_all_runs_are_monitored_by_decides(tmp_path: Path, monitors: Sequence[str], name: str) -> None:
    folders = [
        coloured(tmp_path / str(number), TRUTH, but(40 - 30 * number), trainer={"monitor": monitor}, seed=number)
        for number, monitor in enumerate(monitors)
    ]
    assert said(*folders).startswith(f"B is better than A by {name} ")


def test_weights_of_the_rows_count_in_the_metrics(tmp_path: Path) -> None:
    weight = [3.0] * 50 + [1.0] * 50
    a, b = (coloured(tmp_path / str(n), TRUTH, but(20, start=s), weight=weight) for n, s in enumerate((0, 80)))
    found = [side.metrics(["accuracy"])["accuracy"] for side in compared(a, b).sides]
    assert found == pytest.approx([1 - 60 / 200, 1 - 20 / 200])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"row": range(1, 101)}, "tested on 100 rows, .* on 100, 99 of them the same; required: the same test rows"),
        ({"truth": but(1)}, "have the same numbers, but not the same truth; required: the same data"),
        ({"weight": [2.0] * 100}, "do not count the same; required: the same dataset.weight"),
    ],
)
def test_runs_of_other_test_rows_are_refused(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    a = coloured(tmp_path / "a", TRUTH, TRUTH)
    b = coloured(tmp_path / "b", change.pop("truth", TRUTH), TRUTH, **change)
    with pytest.raises(DataError, match=sentence):
        compared(a, b)


def test_runs_of_other_targets_are_refused(tmp_path: Path) -> None:
    a, b = coloured(tmp_path / "a", TRUTH, TRUTH), priced(tmp_path / "b", [1.0], [1.0])
    with pytest.raises(DataError, match=r"a predicts colour .multiclass., .*b price .regression.; required: the same"):
        compared(a, b)


def test_all_folders_that_cannot_be_compared_are_named_together(tmp_path: Path) -> None:
    good = coloured(tmp_path / "good", TRUTH, TRUTH)
    killed = make_run(tmp_path / "killed", status="killed")
    folds = make_grid(tmp_path / "folds", 1)
    jobs = [{"job": job, "folder": str(job)} for job in (0, 1)]
    (folds / "grid.json").write_text(json.dumps({"folds": True, "jobs": jobs}))
    with pytest.raises(ConfigError) as caught:
        compared(good, killed, folds, tmp_path / "nothing", tmp_path, good)
    sentences = [
        "killed: the run is not finished, its status is killed; if it has stopped, python -m src.train resume=",
        "folds: not all of the 2 folds have begun; python -m src.train resume=",
        "nothing: no such folder; required: the folder of a finished run",
        "holds no run (run.json is missing)",
        "good is given twice",
    ]
    assert len(caught.value.mistakes) == len(sentences)
    for sentence, mistake in zip(sentences, caught.value.mistakes, strict=True):
        assert sentence in mistake


def test_folder_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    a, b = (coloured(tmp_path / name, TRUTH, TRUTH) for name in "ab")
    (b / "predictions.parquet").write_bytes(b"PAR1")
    with pytest.raises(MachineError, match=r"b is not whole .*; required of a finished run: predictions.parquet"):
        compared(a, b)
    (b / "metrics.json").write_text("{")
    with pytest.raises(MachineError, match=r"metrics\.json is damaged"):
        compared(a, b)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["A"], "A: no such folder"),
        ([], "required: two finished runs at least"),
        (["A", "B", "resamples=10"], "resamples=10: required: a whole number, 1000 or more"),
        (["A", "B", "html=x.pdf"], "html=x.pdf: required: a file whose name ends in .html"),
        (["A", "B", "mlflow=yes"], "mlflow=yes: required: mlflow=true, or nothing"),
        (["A", "B", "html=nowhere/x.html"], "the folder nowhere does not exist; make it first"),
        (["A", "B", "resample=2000"], "there is no such option; did you mean resamples"),
        (["A", "--html"], "'--html' is not of the form key=value"),
    ],
)
def test_wrong_command_line_is_explained(arguments: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        command(arguments)


class Tags(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


def test_page_holds_what_the_terminal_shows_and_needs_no_other_file(tmp_path: Path) -> None:
    a, b = coloured(tmp_path / "<b>&", TRUTH, but(40)), coloured(tmp_path / "b", TRUTH, but(10))
    comparison = compared(a, b)
    html, tags = page(comparison), Tags()
    tags.feed(html)
    assert "&lt;b&gt;&amp;" in html
    assert "B is better than A by accuracy 0.3" in html
    assert tags.tags.count("table") == 3  # runs, metrics, row by row
    assert {"b", "img", "script", "link"}.isdisjoint(tags.tags)
    assert {"src", "href"}.isdisjoint(tags.attributes)


def test_command_prints_and_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = (coloured(tmp_path / name, TRUTH, TRUTH) for name in "ab")
    command([str(a), str(b), f"html={tmp_path}/page.html", "resamples=1000"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3] == "no difference shown between A and B: accuracy 0 (0 to 0), 100 test rows"
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(("levels", "is_there"), [((0.1, 0.5), True), ((0.2, 0.5), False)])
def test_pinball_is_compared_for_the_same_quantiles_only(tmp_path: Path, levels: Any, is_there: bool) -> None:
    truth, folders = [1.0, 2.0, 4.0], []
    for number, each in enumerate([(0.1, 0.5), levels]):
        output = replace(PRICE, head="quantile", levels=each)
        columns = {"truth": truth, "prediction": truth} | {f"prediction_{name}": truth for name in output.beside}
        folders.append(make_tested(tmp_path / str(number), output, columns, ["rmse", "pinball"], seed=number))
    assert ("pinball" in compared(*folders).names) == is_there
