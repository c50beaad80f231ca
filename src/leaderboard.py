"""The best finished runs, by their deciding metric (trainer.monitor, or the score of the task) on the validation rows.

    python -m src.leaderboard                          the ten best under runs/, grids and cross-validations too
    python -m src.leaderboard dataset=penguins top=3   only of this data set; another number
    python -m src.leaderboard folder=build/run         of another folder

Runs that answer another question (data, target, rows, metric) stand in a table of their own. The test value is shown,
and never chooses: the best of many would look better on the test rows than it is.

Exit codes: 0 shown, 2 configuration: no finished run there.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from src.command_line import exit_code
from src.errors import ConfigError

OPTIONS = {
    "dataset": "only runs of this data set: dataset=NAME",
    "folder": "where the runs are: folder=runs",
    "top": "rows of each table: top=10",
}


def leaderboard(arguments: Sequence[str]) -> None:
    """Raises ConfigError for a wrong option, and where there is no finished run."""
    from src import arguments as command_line

    options = command_line.read(arguments, OPTIONS)
    folder, top = Path(options.get("folder", "runs")), options.get("top", "10")
    if not top.isdecimal() or int(top) < 1:
        raise ConfigError(f"top={top}: required: a whole number, 1 or more")
    from src.comparison import ranking

    found = ranking.find(folder)
    for sentence in found.left_out:
        print(f"left out: {sentence}", file=sys.stderr)
    if not found.runs:
        what = "holds no finished run" if folder.is_dir() else "no such folder"
        raise ConfigError(f"folder={folder}: {what}; python -m src.train makes one under runs/")
    runs = ranking.of_dataset(found.runs, options["dataset"]) if "dataset" in options else found.runs
    print(ranking.leaderboard(runs, int(top)))
    if found.unfinished:
        print(f"\nnot shown: {found.unfinished} that did not come to an end")


def main() -> int:
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(__doc__)
        return 0
    return exit_code(lambda: leaderboard(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
