"""Which members of an ensemble are trained side by side: a rule of the configuration and the number of rows."""

from dataclasses import replace
from functools import cache

import pytest
from torch import nn

from src import grouping
from src.errors import MachineError
from src.optimizers.build import build_optimizer
from src.steps import StepPlan
from tests.short_run import config_of

SHORT = StepPlan(200, 20, 50, 1, None, 0, 0, 1, "cpu", 1, "32", 193)
"""The lesson's network and 500 steps."""

LONG = replace(SHORT, rows=1_000_000, batch_size=256)
"""195,350 steps."""


single = cache(config_of)


def together(members: int, plan: StepPlan, *overrides: str) -> bool:
    config = single("optimizer=adam", *overrides)
    config = config.model_copy(update={"model": config.model.model_copy(update={"ensemble": members})})
    optimizer = build_optimizer(config.optimizer.model_dump(), nn.Linear(2, 2))
    return grouping.members_together(config, plan, optimizer)


def test_few_steps_pay_side_by_side_from_eight_members_on() -> None:
    assert [together(members, SHORT) for members in (1, 2, 5, 7, 8, 32)] == [False] * 4 + [True] * 2
    assert [together(members, LONG, "trainer.compile=false") for members in (5, 8)] == [False, True]


def test_many_steps_pay_as_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [together(members, LONG) for members in (1, 2, 5, 8)] == [False, True, True, True]
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert [together(members, LONG) for members in (2, 5, 8)] == [False, False, True]


def test_what_is_to_be_compiled_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    assert together(2, SHORT, "trainer.compile=true")
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(MachineError, match=r"trainer.compile: required: a C\+\+ compiler, and no-such-compiler is not"):
        together(2, SHORT, "trainer.compile=true")


def test_what_cannot_be_side_by_side_is_not() -> None:
    for overrides in (
        ("model.norm=batch",),
        ("trainer.accumulate=2",),
        ("trainer.swa={}", "trainer.early_stopping=null"),
        ("trainer.max_steps=10",),
        ("trainer.max_seconds=10",),
        ("trainer.precision=bf16",),
        ("trainer.devices=2",),
        ("trainer.profile=true",),
        ("optimizer=nadam",),
        ("model=custom", "model.class_name=Gated", "allow_custom=true"),
    ):
        assert not together(8, SHORT, *overrides), overrides


def test_where_the_arithmetic_takes_the_time_they_are_not() -> None:
    assert not together(8, replace(SHORT, parameters=73_000))
    assert not together(8, replace(SHORT, vectors=16))
    assert not together(8, replace(SHORT, streamed=True))
    assert not together(8, replace(SHORT, device="gpu"))
    assert not together(8, replace(SHORT, rows=10_000_000))
