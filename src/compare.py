"""Compares finished runs on their test rows, each with the first one. Trains nothing.

    python -m src.compare A B                      A, B: run folders, like runs/lesson
    python -m src.compare A B C html=compared.html also writes a page
    python -m src.compare A B mlflow=true          also puts the page among the artifacts of the runs in MLflow
    python -m src.compare GRID                     the runs of a grid; those that differ in seed only are one
    python -m src.compare CV1 CV2                  cross-validations, over all of their out-of-fold rows
    python -m src.compare A B resamples=10000      more of them, for steadier ends of the intervals (2000)

For each metric that all have: the difference with a 95 % interval, of a paired bootstrap over the test rows (Efron &
Tibshirani 1993), and a sign test over the rows. The metric of trainer.monitor, or the score of the task, decides.
That takes a few seconds for 10,000 test rows.

Exit codes: 0 compared, 2 configuration: no finished run, 3 data: other test rows or another target, 4 machine.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from src.command_line import exit_code
from src.errors import ConfigError
from src.loading import loading

OPTIONS = {
    "html": "a page of its own: html=FILE.html",
    "mlflow": "the page in MLflow: mlflow=true",
    "resamples": "of the test rows, 1000 at least: resamples=2000",
}
_FEWEST = 1000  # for percentile intervals (Efron & Tibshirani 1993, section 19.3)


def compare(arguments: Sequence[str]) -> None:
    """Raises ConfigError, DataError and MachineError as `src.comparison.comparison.compare`."""
    folders = [Path(argument) for argument in arguments if not _is_option(argument)]
    html, mlflow, resamples = _options([each for each in arguments if _is_option(each)])
    with loading():
        from src.comparison import comparison, page, report

    compared = comparison.compare(folders, resamples)
    print(report.as_text(compared))
    if html is not None:
        page.write(compared, html)
        print(f"\npage: {html}")
    if mlflow:
        with loading():
            from src.tracking.sync import sync

        print()
        for folder in page.keep(compared):
            print(sync(folder))


def _options(arguments: Sequence[str]) -> tuple[Path | None, bool, int]:
    """html, mlflow and resamples. Raises ConfigError."""
    from src import arguments as command_line

    options = command_line.read(arguments, OPTIONS)
    html, resamples = options.get("html"), options.get("resamples", "2000")
    if html is not None:
        command_line.check_file("html", html, ".html")
    if options.get("mlflow", "true") != "true":
        raise ConfigError(f"mlflow={options['mlflow']}: required: mlflow=true, or nothing")
    if not resamples.isdecimal() or int(resamples) < _FEWEST:
        raise ConfigError(f"resamples={resamples}: required: a whole number, {_FEWEST} or more")
    return Path(html) if html else None, "mlflow" in options, int(resamples)


def _is_option(argument: str) -> bool:
    """A folder whose own name has a = in it is written ./key=value."""
    key, equals, _ = argument.partition("=")
    return argument.startswith("-") or (bool(equals) and key.isidentifier())


def main() -> int:
    if not sys.argv[1:] or {"-h", "--help"} & set(sys.argv[1:]):
        print(__doc__)
        return 0
    return exit_code(lambda: compare(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
