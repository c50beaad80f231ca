import json
from itertools import count

import pytest

from src import ending
from src.ending import Ending
from src.patience import Patience


def reasons(end: Ending, losses: list[float]) -> list[str]:
    return [end.after_epoch(epoch, loss) for epoch, loss in enumerate(losses, start=1)]


def test_the_last_epoch_ends_a_training() -> None:
    assert reasons(Ending(3), [3.0, 2.0, 1.0]) == ["", "", "max_epochs"]


def test_early_stopping_ends_it_before_and_is_named_in_the_last_epoch_too() -> None:
    assert reasons(Ending(9, Patience(2, 0.0)), [3.0, 4.0, 5.0])[-1] == "early_stopping"
    assert reasons(Ending(3, Patience(2, 0.0)), [3.0, 4.0, 5.0])[-1] == "early_stopping"


def test_time_is_counted_from_the_start_and_goes_on_after_a_resume(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count(100.0, 2.0)
    monkeypatch.setattr(ending, "monotonic", lambda: next(ticks))
    first = Ending(9)
    first.start()
    assert [first.seconds, first.seconds] == [2.0, 4.0]
    state = json.loads(json.dumps(first.state()))
    second = Ending(9)
    for _ in range(7):
        next(ticks)
    second.restore(state)
    second.start()
    assert [state["seconds"], second.seconds] == [6.0, 8.0]


def test_its_state_holds_the_patience() -> None:
    losses = [3.0, 2.0, 2.5, 2.5, 2.6]
    whole, first, second = (Ending(9, Patience(3, 0.0)) for _ in range(3))
    before = reasons(first, losses[:3])
    second.restore(first.state())
    assert [*before, *reasons(second, losses[3:])] == reasons(whole, losses) == ["", "", "", "", "early_stopping"]
