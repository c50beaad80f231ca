"""The picture of a grid."""

import re
from xml.etree import ElementTree

import pytest

from src.tracking.parallel_coordinates import Value, picture

ROWS: list[dict[str, Value]] = [
    {"hidden": "[10]", "lr": 0.001, "validation rmse": 3.0},
    {"hidden": "[10,10]", "lr": 0.01, "validation rmse": 1.0},
    {"hidden": "a<b&c", "lr": 0.1, "validation rmse": 1.5},
]


def lines(text: str) -> list[tuple[str, list[float], str]]:
    """What each line is of, its heights (1 is the top of an axis) and its colour, from the bottom up."""
    found = []
    for line in ElementTree.fromstring(text).iter("{http://www.w3.org/2000/svg}polyline"):
        heights = [1 - (float(y) - 60) / 360 for y in re.findall(r",([\d.]+)", line.attrib["points"])]
        found.append((str(line[0].text), heights, line.attrib["stroke"]))
    return found


def test_each_run_is_a_line_through_its_values_and_the_best_is_on_top() -> None:
    worst, middle, best = lines(picture(ROWS, "validation rmse", higher_is_better=False))
    assert [each[0] for each in (worst, middle, best)] == [
        "hidden=[10], lr=0.001, validation rmse=3",
        "hidden=a<b&c, lr=0.1, validation rmse=1.5",
        "hidden=[10,10], lr=0.01, validation rmse=1",
    ]
    assert worst[1] == pytest.approx([0, 0, 1])
    assert middle[1] == pytest.approx([1, 1, 0.25])
    assert best[1] == pytest.approx([0.5, 0.5, 0])
    assert (worst[2], best[2]) == ("rgb(225,170,90)", "rgb(30,110,200)")


def test_of_a_score_the_highest_is_the_best() -> None:
    rows: list[dict[str, Value]] = [{"seed": seed, "accuracy": 0.9 + seed / 100} for seed in range(5)]
    assert lines(picture(rows, "accuracy", higher_is_better=True))[-1][0] == "seed=4, accuracy=0.94"


def test_runs_that_are_all_the_same_are_drawn_too() -> None:
    assert len(lines(picture([{"seed": 1.0, "accuracy": 1.0}] * 2, "accuracy", higher_is_better=True))) == 2
