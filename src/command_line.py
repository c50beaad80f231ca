"""The command line of a training: options, then overrides. Also how every command ends (`exit_code`)."""

import os
import sys
from argparse import ArgumentError, ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from src.config import saved
from src.config.compose import Composed, as_hydra_writes, compose
from src.config.document import write
from src.config.groups import CONF, find_groups
from src.config.suggest import remedy
from src.errors import ConfigError, RookeryError

_INTERRUPTED, _BROKEN_PIPE = 130, 141
_HELP = """\
Trains a neural network from the YAML files in conf/ and tests it.

  python -m src.train [options] [group=option ...] [key=value ...]

  python -m src.train optimizer=sgd optimizer.lr=0.1         another file of a group, another value
  python -m src.train 'model.hidden=[64,64]'                 brackets need quotes in some shells
  python -m src.train experiment=penguins_lesson             a saved recipe
  python -m src.train -m optimizer.lr=1e-3,1e-2 seed=0,1,2   a grid: every combination, one after another
  python -m src.train resume=RUN                             goes on with a stopped run; RUN is its folder

Groups and their options (the files of conf/)
{groups}

Keys that are changed most; --cfg job shows all, the files of conf/ say what each does
  model.hidden  model.activation  model.dropout  optimizer.lr  trainer.max_epochs  trainer.batch_size
  trainer.early_stopping  trainer.accelerator  trainer.devices  dataset.split.seed  seed  tracking.experiment
  hydra.run.dir=PATH     folder of the run    (now {run})
  hydra.sweep.dir=PATH   folder of a grid     (now {sweep})

Options
  -m, --multirun         starts a grid; a list of values (a,b), range(1,4), choice(a,b) or glob(*) spans it
  --config-dir PATH      a folder with more files for the groups, laid out like conf/
  --cfg job              prints the configuration that it all adds up to, and trains nothing;
                         -p SECTION, --package SECTION: only that part
  --info [WHAT]          Hydra's view: defaults, defaults-tree, config, plugins, searchpath, all
  -h, --help             this page

Exit codes: 0 done, 2 configuration, 3 data, 4 machine (disk, permission, device), 5 diverged, 130 and 143 stopped
"""


def exit_code(action: Callable[[], object]) -> int:
    """Runs `action` to its end; what a user can mend is shown as a text without a traceback."""
    try:
        action()
        sys.stdout.flush()
    except RookeryError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader (for instance `| head`) has left; the interpreter would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    return 0


def run(arguments: Sequence[str]) -> int:
    """`python -m src.train`: the exit code."""
    code = 0

    def action() -> None:
        nonlocal code
        code = _run(arguments)

    return exit_code(action) or code


def _run(arguments: Sequence[str]) -> int:
    options, overrides = _parse(arguments)
    resumed = [text.removeprefix("resume=") for text in overrides if text.startswith("resume=")]
    if options.help:
        print(_help(options.config_dir))
    elif options.info is not None or options.cfg in ("hydra", "all"):
        _ask_hydra(options, overrides)
    elif options.multirun:
        if resumed:
            raise ConfigError("resume= goes on with one run; leave out -m")
        from src.grid import run_grid

        return run_grid(overrides, options.config_dir)
    else:
        composed = _resumed(resumed, overrides) if resumed else compose(overrides, options.config_dir)
        if options.cfg:
            print(_section(composed, options.package), end="")
        else:
            from src.pipeline import train

            train(composed.config, composed.folder, composed.overrides, resume=bool(resumed))
    return 0
