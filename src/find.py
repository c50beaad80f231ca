"""Finds a learning rate or a batch size to begin with, on a network that is thrown away.

    python -m src.find lr dataset=NAME [group=option ...] [key=value ...]     everything that src.train takes
    python -m src.find batch_size dataset=NAME                                from 16 to all train rows
    python -m src.find lr dataset=NAME hydra.run.dir=PATH                     where the curve and the figures go
    python -m src.find lr --config-dir=FOLDER dataset=NAME                    files of your own, as with src.train
"""

import sys
from collections.abc import Sequence

from src.arguments import config_dir_of
from src.command_line import exit_code
from src.errors import ConfigError


def find(arguments: Sequence[str]) -> None:
    """Raises ConfigError if the first one is not what can be found."""
    from src.config.compose import compose

    what = arguments[0]
    if what not in ("lr", "batch_size"):
        raise ConfigError(f"{what}: required first: lr or batch_size, then what src.train takes")
    config_dir, overrides = config_dir_of(arguments[1:])
    composed = compose(overrides, config_dir)
    composed.config.dataset.split.refuse_several()
    from src.finders.find import find

    for line in find(what, composed.config, composed.folder):
        print(line, flush=True)


if __name__ == "__main__":
    if not sys.argv[1:] or {"-h", "--help"} & {*sys.argv[1:]}:
        print(__doc__)
    else:
        sys.exit(exit_code(lambda: find(sys.argv[1:])))
