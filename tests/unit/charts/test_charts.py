"""Pictures as SVG, and the page that they stand on."""

import re
from xml.etree import ElementTree

import pytest

from src.charts.chart import Chart
from src.charts.diverging import Bar, diverging
from src.charts.heat_map import heat_map
from src.charts.listed import Entry, listed
from src.charts.page import figure, page, pairs, table
from src.charts.scale import UNIT, Scale, round_step, shown, signed
from src.charts.svg import STYLE, short

NAME = 'a<b> & "c"'


def texts(svg: str) -> list[str]:
    return [str(each.text) for each in ElementTree.fromstring(svg).iter("text")]


@pytest.mark.parametrize(
    ("least", "step"), [(0.9, 1), (1.0, 1), (1.1, 2), (2.1, 5), (5.1, 10), (0.03, 0.05), (300.0, 500)]
)
def test_ticks_stand_at_round_values(least: float, step: float) -> None:
    assert round_step(least) == pytest.approx(step)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-3.0, 12.0, [0, 5, 10]),
        (1e-5, 3e-5, [1e-5, 1.5e-5, 2e-5, 2.5e-5, 3e-5]),
    ],
)
def test_ticks_lie_between_the_ends(low: float, high: float, ticks: list[float]) -> None:
    assert Scale.between(low, high).ticks == pytest.approx(ticks)


def test_a_scale_of_one_value_or_none_has_a_middle() -> None:
    assert Scale.of([5.0]).share(5.0) == pytest.approx(0.5)
    assert Scale.of([float("nan")]).share(0.0) == pytest.approx(0.5)
    assert Scale.of([1.0, 2.0], margin=0.0).share(float("inf")) == 1.0


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123456, "0.1235"), (12345.6, "12,346"), (1e20, "1e+20"), (-3.0, "-3"), (float("inf"), "inf"), (-0.0, "0")],
)
def test_numbers_have_four_digits(value: float, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("value", "largest", "text"),
    [
        (0.25, 0.9, "+0.250"),
        (-1e-5, -2.0, "-0.00"),
        (-12345.6, 20_000, "-12,346"),
        (1e-9, 1e-9, "+1.00e-09"),
        (0.0, 0.0, "+0.00e+00"),
    ],
)
def test_signed_numbers_have_the_decimals_of_the_largest(value: float, largest: float, text: str) -> None:
    assert signed(value, largest) == text


def test_a_point_stands_where_the_axes_say() -> None:
    chart = Chart(Scale.between(0, 10), Scale.between(0, 100), "x", "y", "label")
    chart.points([0, 10, 5], [0, 100, 50])
    circles = [
        (float(each.attrib["cx"]), float(each.attrib["cy"]))
        for each in ElementTree.fromstring(chart.svg()).iter("circle")
    ]
    (left, bottom), (right, top), middle = circles
    assert left < right
    assert bottom > top
    assert middle == pytest.approx(((left + right) / 2, (bottom + top) / 2), abs=0.1)


def test_each_kind_of_mark_is_there_with_what_it_tells() -> None:
    chart = Chart(UNIT, UNIT, NAME, "y", NAME, [NAME, "other"])
    chart.line([0.0, 0.5], [0.1, 0.2], 1, NAME)
    chart.band([0.0, 0.5], [0.1, 0.2], [0.3, 0.3])
    chart.bars([0.0, 0.5, 1.0], [0.2, 0.0])
    chart.reaches([0.5], [0.1], [0.9])
    chart.strip([0.1], [1.0])
    chart.upright(0.5, "here")
    chart.level(0.5)
    chart.diagonal(0, 1)
    chart.named_tick(0.5, "middle")
    root = ElementTree.fromstring(chart.svg())
    assert (root.attrib["role"], root.attrib["aria-label"]) == ("img", NAME)
    assert {NAME, "other", "here", "middle", "y"} <= {*texts(chart.svg())}
    titles = [str(each.text) for each in root.iter("title")]
    assert titles == [NAME, f"{NAME}: 0, 0.1", f"{NAME}: 0.5, 0.2", "0 to 0.5: 0.2 rows"]


def test_names_that_do_not_fit_in_a_line_of_the_legend_go_into_the_next() -> None:
    chart = Chart(UNIT, UNIT, "x", "y", "label", ["a" * 20] * 6)
    rows = {row for _, row in chart.places}
    assert rows == {0, 1, 2}
    assert all(x + 7 * 20 < 420 for x, _ in chart.places)


def test_long_names_keep_both_ends() -> None:
    assert short("a name of a column in mm", 11) == "a nam…in mm"
    assert short("a name", 6) == "a name"


def test_a_heat_map_tells_the_share_of_the_row() -> None:
    picture = heat_map([[3, 1], [0, 0]], [NAME, "b"], "true", "predicted", "label")
    titles = [str(each.text) for each in ElementTree.fromstring(picture).iter("title")]
    assert titles[0] == f"true {NAME}, predicted {NAME}: 3 (75.0% of the row)"
    assert titles[2] == f"true b, predicted {NAME}: 0 (0.0% of the row)"
    assert {"3", "1", "0"} <= {*texts(picture)}


def test_each_listed_entry_has_its_name_and_note() -> None:
    picture = listed([Entry("one", 1, 0, 2, "10"), Entry(NAME, 3, 2, 4, "20")], "x", "label", mark=0.0)
    assert {"one", "10", NAME, "20", "x"} <= {*texts(picture)}


def test_bars_go_from_zero_to_their_numbers() -> None:
    picture = diverging([Bar(NAME, 3.0), Bar("b", -1.0), Bar("others", 0.5, rest=True)], (-1.0, 3.0), "label")
    bars = [each for each in ElementTree.fromstring(picture).iter("rect") if each.get("class") == "fill"]
    ends = [(float(each.attrib["x"]), float(each.attrib["x"]) + float(each.attrib["width"])) for each in bars]
    zero = 2 + 316 / 4
    assert [end for pair in ends for end in pair] == pytest.approx([zero, 318, 2, zero, zero, zero + 316 / 8], abs=0.2)
    assert texts(picture) == [NAME, "+3.00", "b", "-1.00", "others", "+0.50"]
    assert re.findall(r"--c:var\(--(c\d)\)", picture) == ["c0", "c1", "c8"]


def test_a_page_escapes_what_it_is_given_and_asks_nothing_of_the_network() -> None:
    html = page(
        NAME, table([[NAME, "x"], ["1", "2"]], NAME, numbers=[1]) + pairs({NAME: NAME}) + figure("", NAME, NAME)
    )
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert not re.search(r"https?:|<script|@import|url\(", html)


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    digits = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_all_colours_of_text_and_marks_have_a_contrast_of_4_5_to_1(scheme: int) -> None:
    colours = dict(re.findall(r"--([\w]+):#([0-9a-f]{3,6})", STYLE.split("@media")[scheme]))
    assert len(colours) == 14
    for name in ("text", "quiet", *(f"c{number}" for number in range(9))):
        for ground in ("page", "card"):
            light, dark = sorted((luminance(colours[each]) for each in (name, ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, ground)
