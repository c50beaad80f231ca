import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch

from src.inference import Predictor
from src.tracing.page import page
from src.tracing.picture import network_svg, trace_svg
from src.tracing.trace import trace
from tests.architectures import ARCHITECTURES, untrained
from tests.unit.tracing.test_recording import ALL, FRAME
from tests.unit.tracing.test_text import small

SVG = "{http://www.w3.org/2000/svg}"
Lines = dict[tuple[str, str], float]
"""Start and end of lines, "x y" each, to their width, below 0 if the colour is that of negative numbers."""


def circles(picture: str) -> int:
    """Neurons: each has a ground."""
    return picture.count('class="ground"')


def drawn_lines(picture: str) -> Lines:
    found: Lines = {}
    for path in ElementTree.fromstring(picture).iter(f"{SVG}path"):
        sign = -1 if "minus" in path.get("class", "") else 1
        for start, end in re.findall(r"M(\d+ \d+)L(\d+ \d+)", path.get("d", "")):
            found[start, end] = sign * float(path.get("stroke-width", "0"))
    return found


@ALL
def test_picture_of_every_kind_of_network_is_small_and_stands_alone(penguins: Path, name: str) -> None:
    picture = network_svg(untrained(penguins, *ARCHITECTURES[name]))
    root = ElementTree.fromstring(picture)
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox")
    assert len(picture.encode()) < 60_000
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {
        *("svg", "style", "g", "title", "circle", "path", "rect", "text")
    }
    assert "href" not in picture
    assert "url(" not in picture


def test_largest_network_that_is_drawn_neuron_by_neuron_is_small_too(penguins: Path) -> None:
    picture = network_svg(untrained(penguins, "model.hidden=[16,16,16,16,16]"))
    assert circles(picture) == 15 + 5 * 16 + 3
    assert len(picture.encode()) < 60_000


@pytest.mark.parametrize("hidden", ["[17]", "[4,4,4,4,4,4]"])
def test_larger_network_is_drawn_layer_by_layer(penguins: Path, hidden: str) -> None:
    picture = network_svg(untrained(penguins, f"model.hidden={hidden}"))
    assert circles(picture) == 0
    assert picture.count("<rect") == 2 + hidden.count(",") + 1  # inputs, hidden layers, outputs


def test_of_very_many_layers_the_first_and_the_last_are_drawn(penguins: Path) -> None:
    picture = network_svg(untrained(penguins, f"model.hidden={[4] * 30}".replace(" ", "")))
    assert picture.count("<rect") == 20
    assert ">12 more</text>" in picture
    assert ">output</text>" in picture


def test_lines_are_as_thick_as_weights_are_large(lesson: Path) -> None:
    lines = drawn_lines(network_svg(small(lesson)))
    assert len(lines) == 5 + 5  # those that are not 0
    widths = sorted(lines.values())
    assert widths[0] < 0 < widths[-1]  # -1 and 3
    assert widths[-1] > -widths[0]
    assert -widths[0] in widths  # of 1


def test_row_lights_up_what_it_passes(lesson: Path) -> None:
    predictor = small(lesson)
    picture = trace_svg(trace(predictor, FRAME))
    root = ElementTree.fromstring(picture)
    said = [each.text or "" for each in root.iter(f"{SVG}title")]
    assert len(said) == circles(picture) == 4 + 2 + 3
    assert any(re.fullmatch(r"hidden 1, 1: weighted sum -?\d+\.\d\d, relu -?[\d.]+", each) for each in said)
    assert 'class="gradient"' not in picture
    assert f">species {predictor.predict(FRAME)['prediction'][0]}</text>" in picture


def test_gradient_has_a_picture_and_colours_of_its_own(lesson: Path) -> None:
    picture = trace_svg(trace(small(lesson), FRAME, torch.tensor([2])))
    assert circles(picture) == 2 * (4 + 2 + 3)
    assert picture.count('<g class="gradient">') == 1
    assert "dL/d relu" in picture


def test_every_member_of_an_ensemble_is_drawn(penguins: Path) -> None:
    picture = trace_svg(trace(untrained(penguins, *ARCHITECTURES["ensemble"]), FRAME))
    assert [f"member {number} of 3" in picture for number in (1, 2, 3)] == [True] * 3


def test_drawings_do_not_overlap(penguins: Path) -> None:
    root = ElementTree.fromstring(trace_svg(trace(untrained(penguins, "model.hidden=[32]"), FRAME, torch.tensor([0]))))
    moved = [re.search(r",(\d+)\)", each.get("transform", "")) for each in root.findall(f"{SVG}g")]
    tops = [int(found[1]) for found in moved if found]
    height = int(root.get("viewBox", "").split()[-1])
    blocks = 3 * 74 + 2 * 14
    assert len(tops) == 2
    assert all(after - before > blocks for before, after in pairwise([*tops, height]))


def test_page_has_pictures_and_text_and_escapes_what_it_is_given(penguins: Path) -> None:
    predictor: Predictor = untrained(penguins, "model.hidden=[4]")
    found = page(
        trace(predictor, FRAME.with_columns(island=FRAME["island"].replace("Dream", "<b>Dream</b>")), torch.tensor([0]))
    )
    assert found.count("<svg ") == 2
    assert "<pre>" in found
    assert "&lt;b&gt;Dream&lt;/b&gt;" in found
    assert "<b>" not in found
    assert "<script" not in found
