"""What of a training becomes a program."""

from dataclasses import replace

import pytest
from torch import nn

from src import compilation
from src.optimizers.build import build_optimizer
from src.steps import StepPlan
from tests.short_run import config_of

LONG = StepPlan(1_000_000, 256, 50, 1, None, 0, 0, 1, "cpu", 1, "32", 433)
"""A small network and 195,350 steps, each of which saves some 0.3 ms."""

OWN = ("model=custom", "model.class_name=Gated", "allow_custom=true")


def what(plan: StepPlan, *overrides: str) -> str:
    config = config_of("optimizer=adam", *overrides)
    return compilation.of(config, plan, build_optimizer(config.optimizer.model_dump(), nn.Linear(2, 2)))


def test_steps_are_compiled_where_that_saves_more_than_it_takes() -> None:
    assert what(LONG) == "steps"
    assert what(replace(LONG, rows=200, batch_size=20)) == ""  # 500 steps
    assert what(replace(LONG, max_epochs=1)) == ""
    assert what(LONG, "trainer.max_steps=3000", "trainer.early_stopping=null") == ""
    assert what(replace(LONG, max_epochs=5, batch_size=1024, parameters=73_000)) == "steps"


def test_auto_compiles_nothing_that_is_not_for_whole_steps() -> None:
    assert what(LONG, "optimizer=nadam") == what(LONG, *OWN) == ""
    assert what(replace(LONG, world=2)) == ""
    assert what(replace(LONG, precision="16")) == what(replace(LONG, precision="bf16")) == ""
    assert what(replace(LONG, vectors=8)) == ""
    assert what(replace(LONG, device="gpu")) == ""
    assert what(LONG, "trainer.accumulate=2") == ""
    assert what(LONG, "trainer.schedules.dropout=linear", "model.dropout=0.1") == ""
    assert what(LONG, "trainer.schedules.weight_decay=linear", "optimizer.weight_decay=0.1") == "steps"


def test_what_is_asked_for_is_compiled_as_far_as_it_can_be() -> None:
    short = replace(LONG, rows=200, batch_size=20)
    assert what(short, "trainer.compile=true") == "steps"
    assert what(short, "trainer.compile=true", "optimizer=nadam") == "gradient"
    assert what(short, "trainer.compile=true", *OWN) == "gradient"
    assert what(replace(short, world=2), "trainer.compile=true") == "gradient"
    assert what(LONG, "trainer.compile=false") == ""


def test_without_a_compiler_auto_trains_without_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert what(LONG) == "lacking"
    assert what(replace(LONG, max_epochs=1)) == ""


def test_the_gradient_of_small_networks_is_repeated_from_a_list_where_no_program_does_more() -> None:
    def repeated(plan: StepPlan, *overrides: str) -> bool:
        return compilation.replays(config_of("optimizer=adam", *overrides), plan)

    assert repeated(LONG)
    assert repeated(replace(LONG, compile="lacking"))
    assert not repeated(replace(LONG, compile="steps"))
    assert not repeated(replace(LONG, together=True))
    assert not repeated(replace(LONG, parameters=50_000))
    assert not repeated(replace(LONG, vectors=8))
    assert not repeated(replace(LONG, precision="bf16"))
    assert not repeated(replace(LONG, world=2))
    assert not repeated(replace(LONG, device="gpu"))
    assert not repeated(LONG, *OWN)
    assert not repeated(LONG, "trainer.accumulate=2")
    assert not repeated(LONG, "trainer.schedules.dropout=linear", "model.dropout=0.1")
