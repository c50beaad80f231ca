"""A dry run against the data: what a training would work on, and what looks wrong with it. Trains nothing.

    python -m src.check dataset=NAME [group=option ...] [key=value ...]     everything that src.train takes
    python -m src.check dataset=NAME gate=warnings                          warnings fail too
    python -m src.check dataset=NAME leakage=true                           also trains for 3 epochs, twice: garbage in
                                                                            validation and test rows must change nothing
                                                                            (with dataset.split.folds: in no fold)
    python -m src.check --config-dir=FOLDER dataset=NAME                    files of your own, as with src.train

Exit codes: 0 nothing grave, 2 configuration, 3 data: a grave finding (with gate=warnings any finding), or leakage.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from src.arguments import config_dir_of
from src.command_line import exit_code
from src.errors import ConfigError, DataError

if TYPE_CHECKING:
    from src.config.config import Config

OPTIONS = {"gate": ("grave", "warnings"), "leakage": ("false", "true")}


def check(arguments: Sequence[str]) -> None:
    """Prints the report. Raises DataError if the findings are as bad as `gate` says."""
    from src.config.compose import compose

    config_dir, others = config_dir_of(arguments)
    own, overrides = _sorted(others)
    runs = _runs(compose(overrides, config_dir).config)
    from src.dry_run import dry_run

    report, findings = dry_run(runs[0])
    print(report)
    for finding in findings:
        print(f"{finding.severity:<12}{finding.text}")
    if own["leakage"] == "true":
        from src.leakage import poison_test

        for run in runs:
            fold = "" if len(runs) == 1 else f"fold {run.dataset.split.fold}: "
            print(f"{'leakage':<12}{fold}{poison_test(run)}")
    grave = sum(finding.severity == "grave" for finding in findings)
    if grave or (findings and own["gate"] == "warnings"):
        raise DataError(f"The data does not pass: {grave} grave finding(s), {len(findings) - grave} warning(s).")
    print(f"{'passed':<12}{len(findings)} warning(s), nothing grave; nothing was trained")


def _runs(config: "Config") -> list["Config"]:
    """The run that the configuration stands for, or the one of each fold."""
    split = config.dataset.split
    if split.runs == 1:
        return [config]
    splits = (split.model_copy(update={"fold": fold}) for fold in range(split.runs))
    datasets = (config.dataset.model_copy(update={"split": each}) for each in splits)
    return [config.model_copy(update={"dataset": each}) for each in datasets]


def _sorted(arguments: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The options of this command, and the rest. Raises ConfigError."""
    own = {key: values[0] for key, values in OPTIONS.items()}
    overrides, mistakes = list[str](), list[str]()
    for argument in arguments:
        key, _, value = argument.partition("=")
        if key not in OPTIONS:
            overrides.append(argument)
        elif value in OPTIONS[key]:
            own[key] = value
        else:
            mistakes.append(f"{argument}: must be one of {', '.join(OPTIONS[key])}")
    if mistakes:
        raise ConfigError(*mistakes)
    return own, overrides


def main() -> int:
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(__doc__)
        return 0
    return exit_code(lambda: check(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
