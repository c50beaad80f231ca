"""What of a training becomes a program, and whether that pays.

Whether it pays is a function of the configuration and the number of rows, not of measured times: a program rounds
otherwise than the operations one by one, and the same run must give the same bits on the same machine, however busy it
is. Networks of many members or tokens, and products in 16 bits, gained nothing where they were measured.

The forward pass of a user's own network may depend on numbers or keep something: that `torch.compile` follows, as it
looks at the Python code, and a program of whole steps, which repeats what was once done to tensors, does not.
"""

from torch.optim import Optimizer

from src.compiled import has_compiler, require_compiler
from src.config.config import Config
from src.config.trainer import Trainer
from src.optimizers.formulas import formula_of
from src.steps import StepPlan

WORTH = 20.0
"""Seconds that must be saved; making the programs takes 5 to 15, and 3 to 4 if they are on the disk already."""

_SMALL = 1e7
"""Multiplications of a batch beyond which these take the time of a step."""

_CALLS = 300e-6  # seconds of a step that calls between operations take, and a program does not
_CALLS_OF_ALL = 1.3e-3  # the same for 32 networks side by side
_SHARE = 0.2  # of the time of the operations themselves, most of it saved between them, in memory
_SPEED = 20e9  # multiplications and additions in a second, on one thread
_PASSES = 6  # forward, and backward for weights and inputs; a multiplication and an addition each


def of(config: Config, plan: StepPlan, optimizer: Optimizer) -> str:
    """steps: all that a step does; gradient: its forward pass and loss, where the rest is not for one program; lacking:
    there is no C++ compiler for what would pay; nothing: no program."""
    settings, ours = config.trainer, config.model.name != "custom"
    whole = ours and plan.world == 1 and plan.precision != "16" and formula_of(optimizer) is not None
    if settings.compile != "auto":
        return "" if not settings.compile else "steps" if whole else "gradient"
    gains = plan.device == "cpu" and plan.precision == "32" and plan.vectors == 1
    pays = whole and gains and settings.compile_misfit is None and saved_seconds(settings, plan) >= WORTH
    return "" if not pays else "steps" if has_compiler() else "lacking"


def of_population(settings: Trainer, plan: StepPlan, members: int | None = None) -> str:
    """Of small networks side by side: stacked, if a step of all of them becomes a program; lacking, as in `of`; or
    nothing. `members` of an ensemble need not be side by side where it does not. Raises MachineError if a program is
    demanded and there is no C++ compiler."""
    if settings.compile != "auto":
        if settings.compile:
            require_compiler()
        return "stacked" if settings.compile else ""
    of_step = _CALLS_OF_ALL if members is None else min(_CALLS_OF_ALL, _CALLS * members)
    pays = plan.device == "cpu" and of_step * plan.max_epochs * plan.steps_per_epoch >= WORTH
    return "" if not pays else "stacked" if has_compiler() else "lacking"


def replays(config: Config, plan: StepPlan) -> bool:
    """Whether the operations of the gradient are repeated from a list (`src.replayed`), where no program does more than
    that: a step of a small network then takes less time, and no bit is another."""
    one_way = config.model.name != "custom" and plan.world == 1 and config.trainer.compile_misfit is None
    small = plan.vectors == 1 and plan.batch_size * plan.parameters <= _SMALL and plan.precision == "32"
    return one_way and small and plan.device == "cpu" and not plan.together and plan.compile in ("", "lacking")


def saved_seconds(settings: Trainer, plan: StepPlan) -> float:
    """By programs, about, if the training takes all its epochs."""
    all_epochs = plan.max_epochs * plan.steps_per_epoch
    steps = min(all_epochs, settings.max_steps or all_epochs)
    multiplications = _PASSES * plan.batch_size * plan.parameters
    return steps * (_CALLS + _SHARE * multiplications / (_SPEED * plan.threads))
