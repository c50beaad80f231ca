"""Rows read from the disk, window by window, are to the last bit those that are held in memory."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from src import feed as feeds
from src.data import prepared as prepared_data
from src.data.part import Part
from src.data.prepared import _read
from src.feed import Feed, Resident, Rows, Streamed
from src.losses.build import build_loss
from src.spec import OutputSpec
from src.task import Task

ROWS, WINDOW = 333, 48  # seven windows, the last one smaller, the last block too
CPU = torch.device("cpu")
OUTPUTS = {
    "classes": OutputSpec(("y",), Task.MULTICLASS, ("a", "b", "c")),
    "labels": OutputSpec(("a", "b"), Task.MULTILABEL),
    "numbers": OutputSpec(("y",), Task.REGRESSION, center=(5.0,), scale=(2.0,)),
}


def made_up(output: OutputSpec, d_num: int, d_cat: int, weighted: bool) -> Part:
    generator = torch.Generator().manual_seed(0)
    x_num = torch.randn(d_num, ROWS, generator=generator)
    x_num[:, 5] = torch.nan
    x_cat = torch.randint(0, 9, (d_cat, ROWS), generator=generator, dtype=torch.int32)
    labels = torch.randint(0, 2, (ROWS, 2), generator=generator)
    y = {"y": torch.arange(ROWS) % 3, "a, b": labels}[", ".join(output.targets)]
    weight = torch.rand(ROWS, generator=generator) if weighted else torch.empty(0)
    y = y.double() if output.task is Task.REGRESSION else y
    return Part(x_num.T, x_cat.T, y, torch.arange(ROWS) + 1, weight)


def mapped(part: Part, path: Path) -> Part:
    """The same rows in a file."""
    digest = part.write(path)
    read = _read(path, digest)
    assert read.mapped is not None
    return read


def filled(x: Tensor) -> Tensor:
    """As a network encodes numbers: what is missing is filled, and an indicator says so."""
    return torch.cat([x.nan_to_num(0.5) * 3, x.isnan().float()], 1)


@pytest.fixture(scope="module", autouse=True)
def small_windows() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared_data, "_MAPPED", 0)
        patch.setattr(feeds, "PIECE", 7)
        patch.setattr(feeds, "window_rows", lambda _: WINDOW)
        yield


Pair = tuple[Resident, Streamed]


@pytest.fixture(
    scope="module",
    params=[("classes", 3, 2, False), ("classes", 0, 2, True), ("labels", 3, 0, True), ("numbers", 2, 1, False)],
    ids=str,
)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    name, *shape = request.param
    part = made_up(OUTPUTS[name], *shape)
    loss = build_loss({"name": "auto"}, OUTPUTS[name], part.y)
    on_disk = mapped(part, tmp_path_factory.mktemp("feed") / "part.safetensors")
    return Resident(part, filled, loss, CPU), Streamed(on_disk, filled, loss, CPU)


def assert_same(found: Rows, expected: Rows) -> None:
    for key, tensor in vars(expected).items():
        torch.testing.assert_close(vars(found)[key], tensor, rtol=0, atol=0, msg=key)


@settings(deadline=None, max_examples=40)
@given(
    epoch=st.integers(0, 1000),
    cuts=st.lists(st.integers(1, ROWS - 1), max_size=6, unique=True),
    skipped=st.integers(0, ROWS - 1),
)
def test_any_stretches_of_any_epoch_are_the_same(pair: Pair, epoch: int, cuts: list[int], skipped: int) -> None:
    """Short ones, and those that go over several windows; also from the middle on, as after a resume."""
    places = [each for each in sorted({0, *cuts, ROWS}) if each == ROWS or each >= skipped]
    for feed in pair:
        feed.start_epoch(3, epoch)
    for start, stop in itertools.pairwise(places):
        assert_same(pair[1].at(start, stop), pair[0].at(start, stop))


def test_an_epoch_has_each_row_once(pair: Pair) -> None:
    for feed in pair:
        feed.start_epoch(0, 0)
        rows = feed.at(0, ROWS)
        assert len(rows) == len(feed) == ROWS
        all_rows = feed.stored(0, ROWS)
        for key in ("x", "x_cat", "target"):
            found, expected = (vars(each)[key].double() for each in (rows, all_rows))
            torch.testing.assert_close(sorted(found.tolist()), sorted(expected.tolist()))
        assert not rows.target.equal(all_rows.target)


@pytest.mark.parametrize(("start", "stop"), [(0, ROWS), (0, 7), (5, 13), (300, ROWS)])
def test_rows_as_they_are_stored_are_the_same(pair: Pair, start: int, stop: int) -> None:
    assert_same(pair[1].stored(start, stop), pair[0].stored(start, stop))


def test_what_is_asked_of_all_rows_is_the_same(pair: Pair) -> None:
    held, streamed = pair
    assert streamed.y.equal(held.y)
    assert streamed.target.equal(held.target)
    assert (streamed.weight is None) == (held.weight is None)
    if held.weight is not None and streamed.weight is not None:
        assert streamed.weight.equal(held.weight)


def test_one_window_alone_is_held(pair: Pair) -> None:
    pair[1].start_epoch(0, 0)
    for start in range(0, ROWS - 30, 30):
        pair[1].at(start, start + 30)
        assert len(pair[1].window) <= WINDOW


def test_a_window_is_read_once(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    read, count = Feed.read, 0

    def counted(feed: Feed, start: int, stop: int) -> Rows:
        nonlocal count
        count += stop - start
        return read(feed, start, stop)

    pair[1].start_epoch(0, 0)
    monkeypatch.setattr(pair[1], "empty", _kept(pair[1].empty(WINDOW)))
    monkeypatch.setattr(Feed, "read", counted)
    for start in range(0, ROWS, 10):
        pair[1].at(start, min(start + 10, ROWS))
    assert count == ROWS


def _kept(rows: Rows) -> Callable[[int], Rows]:
    return lambda _: rows


def test_a_stretch_of_one_window_is_not_copied(pair: Pair) -> None:
    streamed = pair[1]
    streamed.start_epoch(0, 0)
    rows = streamed.at(2, 9)
    assert rows.target.data_ptr() == streamed.window.target[2:].data_ptr()
