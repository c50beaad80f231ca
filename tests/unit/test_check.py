from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from src.check import check
from src.config.config import Config
from src.data.findings.columns import (
    columns_that_say_the_same,
    empty_dates,
    sentinels,
    shifted_columns,
    suspicious,
)
from src.data.findings.rows import groups_in_several_parts, rows_in_several_parts, small_classes
from src.data.findings.target import copies_of_the_target
from src.data.findings.view import View, ranks
from src.data.prepare import from_table
from src.data.prepared import Prepared
from src.data.table import HeldTable
from src.errors import ConfigError, DataError
from src.leakage import poison_test
from src.task import Task
from tests.short_run import ALWAYS, config_of, dataset_of

N = 400
RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=N)


def view(y: Any, task: Task, numeric: dict[str, Any] | None = None, categorical: dict[str, Any] | None = None) -> View:
    """Rows 0, 5, 10, ... test, 1, 6, 11, ... validation, the rest train."""
    part = np.array([2, 1, 0, 0, 0] * (N // 5))
    columns = {name: np.asarray(values, np.float64) for name, values in (numeric or {}).items()}
    codes = {name: np.asarray(values, np.int64) for name, values in (categorical or {}).items()}
    classes = tuple("abcdefgh"[: int(np.max(y)) + 1]) if task.has_classes else ()
    targets = {"y": np.asarray(y, np.float64)}
    return View(columns, codes, targets, part, np.arange(1, N + 1), task, classes, N)


def texts(findings: Any) -> list[str]:
    return [finding.text for finding in findings]


@pytest.mark.parametrize("disguise", [lambda y: y, lambda y: -3 * y + 5, np.exp, lambda y: np.round(y, 3)])
def test_a_number_that_is_the_target_in_another_dress_is_grave(disguise: Callable[[Any], Any]) -> None:
    [found] = copies_of_the_target(view(NOISE, Task.REGRESSION, {"x": disguise(NOISE)}))
    assert found.severity == "grave"
    assert found.text.startswith("column 'x' alone predicts the target 'y' (rank correlation ")


def test_a_number_that_only_goes_with_the_target_is_fine() -> None:
    other = NOISE + RNG.normal(size=N) * 0.2
    assert not [*copies_of_the_target(view(NOISE, Task.REGRESSION, {"x": other}))]
    assert not [*copies_of_the_target(view(NOISE > 0, Task.BINARY, {"x": other}))]


def test_a_category_with_one_value_for_each_class_is_grave_and_one_for_each_row_is_not() -> None:
    y = np.arange(N) % 3
    of_class, of_row = 2 + (y + 1) % 3, 2 + np.arange(N)
    [found] = copies_of_the_target(view(y, Task.MULTICLASS, {}, {"kind": of_class, "id": of_row}))
    assert "'kind'" in found.text
    values = np.array([1.0, 7.0, 30.0])[y]
    [found] = copies_of_the_target(view(values, Task.REGRESSION, {}, {"kind": of_class}))
    assert "its values explain 100.00% of the variance" in found.text


def test_intervals_of_a_number_that_tell_the_class_are_grave() -> None:
    [found] = copies_of_the_target(
        view(np.digitize(NOISE, [-0.5, 0.5]), Task.MULTICLASS, {"x": NOISE, "z": -RNG.normal(size=N)})
    )
    assert "column 'x'" in found.text
    assert "one interval of it for each class" in found.text


def test_yes_and_no_that_are_not_the_target_are_fine() -> None:
    y = np.arange(N) % 2
    flag = np.where(RNG.random(N) < 0.9, y, 1 - y)
    assert not [*copies_of_the_target(view(y, Task.BINARY, {"flag": flag}))]


def test_copies_of_train_rows_are_counted_and_grave_if_they_are_half_of_the_test_rows() -> None:
    x = NOISE.copy()
    x[5] = x[2]  # a test row like a train row
    [found] = rows_in_several_parts(view(np.zeros(N), Task.REGRESSION, {"x": x}))
    assert (found.severity, found.text[:40]) == ("warning", "1 of 80 test rows (1.2%) are copies of t")
    assert "for instance row 6" in found.text
    x[::5] = x[2]
    [found] = rows_in_several_parts(view(np.zeros(N), Task.REGRESSION, {"x": x}))
    assert found.severity == "grave"


def test_groups_that_the_split_tears_apart_are_named() -> None:
    columns = {"patient_id": np.arange(N) // 4, "visit_id": np.arange(N), "mass": np.arange(N) // 4}
    table = HeldTable(pl.DataFrame(columns))
    one = view(np.zeros(N), Task.REGRESSION)
    [found] = groups_in_several_parts(one, table, [])
    assert "80 of 80 values of 'patient_id' in the test rows are in the train rows too" in found.text
    assert not [*groups_in_several_parts(one, table, ["patient_id"])]


def test_each_of_several_targets_is_looked_at() -> None:
    labels = {"rain": (NOISE > 0).astype(float), "wind": np.zeros(N)}
    labels["wind"][[0, 1, 2]] = 1
    one = view(NOISE, Task.REGRESSION, {"wet": labels["rain"] * 2 - 1})
    both = replace(one, task=Task.MULTILABEL, targets=labels)
    [found] = copies_of_the_target(both)
    assert found.text.startswith("column 'wet' alone predicts the target 'rain' (one interval of it for each class)")
    assert texts(small_classes(both)) == [
        "classes with few rows: 'wind' (train 1, validation 1, test 1); what is measured on them says little"
    ]
    numbers = replace(one, numeric={"x": NOISE}, targets={"a": NOISE**2, "b": 2 * NOISE})
    [found] = copies_of_the_target(numbers)
    assert found.text.startswith("column 'x' alone predicts the target 'b'")


def test_classes_with_few_rows_are_named() -> None:
    y = np.zeros(N)
    y[[0, 1, 2]] = 1
    assert texts(small_classes(view(y, Task.BINARY))) == [
        "classes with few rows: 'b' (train 1, validation 1, test 1); what is measured on them says little"
    ]


def test_columns_that_say_the_same_are_found_by_rank_and_by_value() -> None:
    numeric = {"cm": NOISE, "log": np.exp(NOISE), "other": RNG.normal(size=N)}
    codes = np.arange(N) % 4 + 2
    found = texts(columns_that_say_the_same(view(NOISE, Task.REGRESSION, numeric, {"a": codes, "b": 7 - codes})))
    assert found == [
        "columns 'cm' and 'log' say the same; leave one out",
        "columns 'a' and 'b' say the same; leave one out",
    ]


def test_a_shift_is_reported_and_chance_is_not() -> None:
    later = NOISE + np.where(np.arange(N) % 5 == 0, 1.5, 0)
    share = np.where(np.arange(N) % 5 == 1, 2, 2 + np.arange(N) % 3)
    found = texts(
        shifted_columns(view(NOISE, Task.REGRESSION, {"same": RNG.normal(size=N), "later": later}, {"c": share}))
    )
    assert [text.split(" is distributed otherwise in the ")[0] for text in found] == ["column 'later'", "column 'c'"]
    assert "test rows" in found[0]
    assert "validation rows" in found[1]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([*range(50), -999, -999, -999], [-999]),
        ([*range(50), 999, 999, 999], [999]),
        ([*range(50), -1, -1, -1], [-1]),
        ([*range(50), 200, 200, 200], [200]),
        ([*range(50), -999], []),
        ([*range(100), 99, 99], []),
        ([*range(-50, 50)] * 3, []),
        ([0, 1] * 20, []),
    ],
)
def test_numbers_that_mean_missing_stand_apart_and_come_again(values: list[float], expected: list[float]) -> None:
    assert suspicious(np.array(values, np.float64)) == expected


def test_sentinels_are_named_with_their_rows() -> None:
    x = NOISE.copy()
    x[:4] = -999
    [text] = texts(sentinels(view(NOISE, Task.REGRESSION, {"x": x})))
    assert text.startswith("column 'x': -999 stands far from the rest in 4 rows; if it means missing")
    days = pl.DataFrame({"day": ["1900-01-01 00:00"] * 3 + ["2024-05-06 00:00"]})
    [text] = texts(empty_dates(HeldTable(days)))
    assert text == "column 'day': 1900-01-01 in 3 rows seems to mean missing"


def test_ranks_are_those_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    values = np.array([3.0, 1, 3, 2, 2, 2, 9])
    np.testing.assert_array_equal(ranks(values), stats.rankdata(values))


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    rows = [
        f"{index},{value:.6f},{'red' if index % 2 else 'blue'},{int(value + NOISE[-index] > 0)}"
        for index, value in enumerate(NOISE[:120])
    ]
    csv = "id,x,colour,y\n" + "\n".join(rows) + "\n"
    return dataset_of(tmp_path, csv, {"target": "y", "columns": {"auto": True}})


def arguments(conf: Path, *more: str) -> list[str]:
    return [f"--config-dir={conf}", *ALWAYS, "dataset=own", *more]


def test_a_check_prints_what_a_run_would_be_and_trains_nothing(
    conf: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(conf)
    check(arguments(conf))
    printed = capsys.readouterr().out
    for line in ("rows        train 84, validation 18, test 18", "inspected   numeric x (numbers)", "missing     none"):
        assert line in printed
    assert "epoch       5 steps of 20 rows" in printed
    assert printed.splitlines()[-1].endswith("nothing grave; nothing was trained")
    assert [path.name for path in conf.iterdir()] == ["dataset"]


def test_labels_weights_and_sampling_are_told_and_what_does_not_fit_is_refused(
    conf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    derive = 'dataset.derive={even: "if(id % 2 = 0, 1, 0)", third: "if(id % 3 = 0, 1, 0)"}'
    labels = (derive, "dataset.target=[even,third]", "dataset.columns.drop=[y,colour]", "leakage=true")
    check(arguments(conf, *labels, "dataset.weight=id"))
    printed = capsys.readouterr().out
    assert "target      even, third: multilabel (even 42, third 28 of 84 train rows)" in printed
    assert "weight      id: train rows count 0 to 119" in printed
    assert "classes     even 42/9/9, third 28/6/6 (train/validation/test)" in printed
    assert "leakage     none" in printed
    with pytest.raises(ConfigError, match="balanced draws each class equally often; the target 'even, third' has no"):
        check(arguments(conf, *labels, "trainer.sampling=balanced"))


def test_a_grave_finding_fails_the_check_and_a_warning_does_if_asked(
    conf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DataError, match=r"does not pass: 1 grave finding\(s\), 0 warning\(s\)"):
        check(
            arguments(
                conf,
                "dataset.target=colour",
                'dataset.derive={red: "y + if(id % 2 = 1, 10, 0)"}',
            )
        )
    assert "grave       column 'red' alone predicts the target 'colour'" in capsys.readouterr().out
    named = ["dataset.columns.auto=false", "dataset.columns.numeric=[x,id]"]
    check(arguments(conf, *named))
    with pytest.raises(DataError, match=r"0 grave finding\(s\), 1 warning\(s\)"):
        check(arguments(conf, *named, "gate=warnings"))


def test_wrong_options_of_a_check_are_explained() -> None:
    with pytest.raises(ConfigError, match=r"gate=all: must be one of grave, warnings"):
        check(["gate=all"])
    with pytest.raises(ConfigError, match="--cfg: there is no such option"):
        check(["--cfg"])


def test_the_poison_test_passes(conf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(arguments(conf, "leakage=true", "scheduler=plateau"))
    assert "leakage     none: garbage in the features of 36 validation and test rows" in capsys.readouterr().out


def test_with_folds_the_first_is_shown_and_all_are_poisoned(conf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(arguments(conf, "dataset.split.folds=3", "leakage=true"))
    printed = capsys.readouterr().out
    assert "split seed 0, fold 0 of 0 to 2)" in printed
    for fold in range(3):
        assert f"leakage     fold {fold}: none: garbage in the features of" in printed


def test_the_poison_test_finds_what_leaks(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leaking(*given: Any) -> Prepared:
        prepared = from_table(*given)
        prepared.parts["train"].x_num[:, 0] += torch.nanmean(prepared.parts["test"].x_num[:, 0])
        return prepared

    monkeypatch.setattr("src.leakage.from_table", leaking)
    config: Config = config_of("dataset=own", config_dir=conf)
    with pytest.raises(DataError, match="the validation and test rows change the train rows, the trained weights"):
        poison_test(config)
