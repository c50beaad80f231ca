"""The command line of a training: options, then overrides. Also how every command ends (`exit_code`)."""

import os
import re
import sys
from argparse import ArgumentError, ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from src.custom_code import PERMISSION
from src.errors import ConfigError, MachineError, RookeryError
from src.loading import loading

if TYPE_CHECKING:
    from src.config.compose import Composed
    from src.jobs import Launcher

_INTERRUPTED, _BROKEN_PIPE = 130, 141
_LAUNCHER = "hydra/launcher="
_HELP = """\
Trains a neural network from the YAML files in conf/ and tests it.

  python -m src.train [options] [group=option ...] [key=value ...]

  python -m src.train optimizer=sgd optimizer.lr=0.1         another file of a group, another value
  python -m src.train 'model.hidden=[64,64]'                 brackets need quotes in some shells
  python -m src.train experiment=penguins_lesson             a saved recipe
  python -m src.train -m optimizer.lr=1e-3,1e-2 seed=0,1,2   a grid: every combination, one after another
  python -m src.train -m seed=range(32) hydra/launcher=population    runs of small networks side by side, which
                                                             takes little more time than one
  python -m src.train dataset.split.folds=5                  cross-validation: five runs, mean and deviation
  python -m src.train resume=RUN                             goes on with a stopped run, grid or cross-validation;
                                                             RUN is its folder

Groups and their options (the files of conf/)
{groups}

Keys that are changed most; --cfg job shows all, the files of conf/ say what each does
  model.hidden  model.activation  model.dropout  optimizer.lr  trainer.max_epochs  trainer.batch_size
  trainer.early_stopping  trainer.accelerator  trainer.devices  dataset.split.seed  seed  tracking.experiment
  hydra.run.dir=PATH     folder of the run    (now {run})
  hydra.sweep.dir=PATH   folder of a grid     (now {sweep})
  allow_custom=true      lets model=custom run your Python file; no YAML file can say so

Options
  -m, --multirun         starts a grid; a list of values (a,b), range(1,4), choice(a,b) or glob(*) spans it
  --config-dir PATH      a folder with more files for the groups, laid out like conf/
  --cfg job              prints the configuration that it all adds up to, and trains nothing;
                         -p SECTION, --package SECTION: only that part
  --info [WHAT]          Hydra's view: defaults, defaults-tree, config, plugins, searchpath, all
  -h, --help             this page

Exit codes: 0 done, 2 configuration, 3 data, 4 machine (disk, permission, device), 5 diverged, 130 and 143 stopped
"""


_NO_MEMORY = re.compile("can't allocate memory|CUDA out of memory")  # torch has no class of error for the first


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
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and not _NO_MEMORY.search(str(error)):
            raise
        print("The memory is used up. Give the process more, or take a smaller batch or network.", file=sys.stderr)
        return MachineError.exit_code
    except BrokenPipeError:
        # The reader (for instance `| head`) has left; the interpreter would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    return 0


def run(arguments: Sequence[str]) -> int:
    """`python -m src.train`: the exit code."""
    codes: list[int] = []
    return exit_code(lambda: codes.append(_run(arguments))) or codes[0]


def _run(arguments: Sequence[str]) -> int:
    options, overrides = _parse(arguments)
    launcher, overrides = _launcher(overrides)
    resumed = [text.removeprefix("resume=") for text in overrides if text.startswith("resume=")]
    allowed = f"{PERMISSION}=true" in overrides
    if resumed and (len(overrides) > 1 + allowed or options.multirun or options.config_dir):
        raise ConfigError(
            f"resume=RUN goes on with the configuration of the run; nothing else can be given but {PERMISSION}=true"
        )
    if resumed == [""]:
        raise ConfigError("resume= names no folder; write resume=RUN, the folder of a run")
    if resumed and (Path(resumed[0]) / "grid.json").is_file():
        return _finished(Path(resumed[0]), options, allowed)
    if options.help:
        print(_help(options.config_dir))
    elif options.info is not None:
        _ask_hydra(options, overrides)
    elif options.multirun:
        from src.grid import run_grid

        return run_grid(overrides, options.config_dir, launcher=launcher)
    else:
        if any(text.startswith("hydra.sweep.dir=") for text in overrides):
            raise ConfigError("hydra.sweep.dir has an effect with -m only; hydra.run.dir=PATH is the folder of one run")
        composed = _resumed(Path(resumed[0]), allowed) if resumed else _compose(overrides, options.config_dir)
        if options.cfg is not None:
            print(_section(composed, options.package), end="")
            return 0
        if composed.config.dataset.split.runs > 1:
            from src.folds import run_folds

            return run_folds(composed, options.config_dir, launcher=launcher)
        if launcher != "basic":
            raise ConfigError(f"{_LAUNCHER}{launcher} trains runs side by side, and this is one; -m makes a grid")
        with loading():
            from src.pipeline import train

        train(composed.config, composed.folder, composed.overrides, bool(resumed), composed.files)
    return 0


def _parse(arguments: Sequence[str]) -> tuple[Namespace, list[str]]:
    """Raises ConfigError for an option that there is not."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("-m", "--multirun", action="store_true")
    parser.add_argument("-cd", "--config-dir", type=Path)
    parser.add_argument("-c", "--cfg", choices=["job"])
    parser.add_argument("-p", "--package")
    parser.add_argument("--resolve", action="store_true")  # always so; Hydra's users are used to write it
    kinds = ["all", "config", "defaults", "defaults-tree", "plugins", "searchpath"]
    parser.add_argument("-i", "--info", nargs="?", const="all", choices=kinds)
    try:
        options, overrides = parser.parse_known_args(arguments)
    except ArgumentError as error:
        raise ConfigError(f"{error}; --help shows all options") from error
    unknown = [argument for argument in overrides if argument.startswith("-")]
    if unknown:
        reason = "there is no such option; keys are set without dashes (key=value), --help shows all"
        raise ConfigError(*(f"{argument}: {reason}" for argument in unknown))
    if options.multirun and (options.cfg or options.info):
        raise ConfigError("-m starts a grid, --cfg and --info only show one run: leave out one of them")
    if options.cfg is None and (options.package or options.resolve):
        raise ConfigError("--package and --resolve have an effect with --cfg job only")
    return options, overrides


def _launcher(overrides: Sequence[str]) -> tuple["Launcher", list[str]]:
    """The one that is asked for, and the other overrides."""
    asked = [text.removeprefix(_LAUNCHER) for text in overrides if text.startswith(_LAUNCHER)]
    others = [text for text in overrides if not text.startswith(_LAUNCHER)]
    match asked:
        case [] | ["basic"]:
            return "basic", others
        case ["population"]:
            return "population", others
    raise ConfigError(f"{_LAUNCHER}{','.join(asked)}: required: basic (one run after another) or population (together)")


def _compose(overrides: Sequence[str], config_dir: Path | None) -> "Composed":
    with loading():
        from src.config.compose import compose

    return compose(overrides, config_dir)


def _resumed(folder: Path, allow_custom: bool) -> "Composed":
    """The configuration that the run was started with."""
    from src.config.compose import Composed
    from src.config.saved import load

    if not (folder / "config.yaml").is_file():
        raise ConfigError(f"resume={folder}: must be the folder of a run or a grid; it holds no config.yaml")
    return Composed(load(folder / "config.yaml", allow_custom), folder.resolve(), folder.resolve(), [])


def _finished(grid: Path, options: Namespace, allow_custom: bool) -> int:
    """A grid or a cross-validation goes on with the runs that are not finished."""
    if options.cfg is not None:
        raise ConfigError(f"resume={grid}: a grid has no configuration that --cfg could show; name one of its runs")
    from src.jobs import finish

    return finish(grid.resolve(), allow_custom)


def _section(composed: "Composed", package: str | None) -> str:
    """YAML of the whole configuration, or of the part under a key like `model` or `dataset.split`."""
    from src.config.document import write
    from src.config.saved import as_text
    from src.config.suggest import remedy

    if package is None:
        return as_text(composed.config)
    part = composed.config.to_dict()
    for key in package.split("."):
        if not isinstance(part.get(key), dict):
            raise ConfigError(f"--package {package}: there is no section {key}; {remedy(key, part)}")
        part = part[key]
    return write(part)


def _help(config_dir: Path | None) -> str:
    from src.config.groups import find_groups

    groups = find_groups(config_dir)
    lines = [f"  {group:<12} {'  '.join(options)}" for group, options in groups.options.items()]
    folders = groups.primary.data["hydra"]
    return _HELP.format(groups="\n".join(lines), run=folders["run"]["dir"], sweep=folders["sweep"]["dir"])


def _ask_hydra(options: Namespace, overrides: Sequence[str]) -> None:
    """Hydra reads sys.argv itself; what it is given was checked before."""
    import hydra

    from src.config.compose import as_hydra_writes, compose
    from src.config.groups import CONF

    compose(overrides, options.config_dir)
    sys.argv = [sys.argv[0], "--info", options.info, *as_hydra_writes(overrides, options.config_dir)]
    hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(lambda _: None)()
