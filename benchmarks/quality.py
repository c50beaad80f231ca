"""How good the predictions are, beside those of CatBoost and of scikit-learn's network, on the same rows.

    python -m benchmarks.quality                             breast_cancer, wine, digits, diabetes, penguins; each split
                                                             5 times: 64 % train, 16 % validation, 20 % test rows
    python -m benchmarks.quality experiment=best optimizer.lr=1e-3      what Rookery trains, and any of its overrides
    python -m benchmarks.quality extra=houses.csv:price      another table, another ... (CSV file:target)
    python -m benchmarks.quality names=wine seeds=2          some of the five, fewer splits
    python -m benchmarks.quality table=diamonds.csv target=price split=split seeds=5    only this table, whose column
                                                             `split` says train, val or test; over 5 seeds
    python -m benchmarks.quality json=quality.json           writes all numbers too, those of each split

Prints Markdown: means and sample standard deviations over the splits, or seeds. Each has two cores; one at a time.
"""

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, stdev

import numpy as np
from sklearn.metrics import accuracy_score, log_loss, r2_score, root_mean_squared_error

from benchmarks import tables
from benchmarks.contenders import THREADS, Answers, cat_boost, rookery, scikit_learn
from benchmarks.tables import Table
from src.atomic import write_json
from src.command_line import exit_code
from src.errors import ConfigError

Contender = Callable[[Table, int], Answers]
Scores = dict[str, float]

_NOTES = """\
Rookery: `{rookery}`. CatBoost: default settings, the number of trees chosen on the validation rows (`eval_set`,
`use_best_model`). MLP: that of scikit-learn, default settings, on standardised numbers and one-hot texts.
RMSE is divided by the standard deviation of the target in the train rows. Seconds: reading, training and the answers to
the test rows, on {threads} cores.
"""


@dataclass
class Options:
    """Of the command line; `overrides` are Rookery's."""

    extra: list[str] = field(default_factory=list)
    names: str = ",".join(tables.NAMES)
    seeds: str = "5"
    table: str = ""
    target: str = ""
    split: str = ""
    json: str = ""
    overrides: list[str] = field(default_factory=list)


def read(arguments: Sequence[str]) -> Options:
    """Raises ConfigError."""
    options = Options()
    for argument in arguments:
        key, _, value = argument.partition("=")
        if key == "extra":
            options.extra.append(value)
        elif key in vars(options) and key != "overrides":
            setattr(options, key, value)
        else:
            options.overrides.append(argument)
    if not any(each.startswith("experiment=") for each in options.overrides):
        options.overrides.insert(0, "experiment=best")
    of_table = [bool(each) for each in (options.table, options.target, options.split)]
    if any(of_table) and not all(of_table):
        raise ConfigError("required: table=FILE.csv target=COLUMN split=COLUMN together, or none of them")
    if wrong := [name for name in options.names.split(",") if name and name not in tables.NAMES]:
        raise ConfigError(f"names={','.join(wrong)}: must be of {', '.join(tables.NAMES)}")
    if not options.seeds.isdecimal() or int(options.seeds) < 1:
        raise ConfigError(f"seeds={options.seeds}: must be a whole number of at least 1")
    return options


def splits(options: Options) -> Iterator[list[Table]]:
    """Of each table the rows as they are split, one for each seed."""
    seeds = range(int(options.seeds))
    if options.table:
        yield [tables.from_file(Path(options.table), options.target, options.split)] * len(seeds)
        return
    named = (tables.named(name) for name in options.names.split(",") if name)
    extra = (
        tables.from_file(Path(path), target) for path, _, target in (each.rpartition(":") for each in options.extra)
    )
    for table in (*named, *extra):
        yield [table.split(seed) for seed in seeds]


def scores(table: Table, answers: Answers) -> Scores:
    """On the test rows."""
    truth = table.part("test")[table.target].to_numpy()
    if table.is_regression:
        deviation = float(np.std(table.part("train")[table.target].to_numpy()))
        rmse = float(root_mean_squared_error(truth, answers)) / deviation
        return {"RMSE / std": rmse, "R²": float(r2_score(truth, answers))}
    chosen = np.array(table.classes)[answers.argmax(1)]
    probability = answers / answers.sum(1, keepdims=True)
    loss = float(log_loss(truth, probability, labels=table.classes))
    return {"accuracy": float(accuracy_score(truth, chosen)), "log loss": loss}


def measured(table: Table, seed: int, contender: Contender) -> Scores:
    started = time.perf_counter()
    answers = contender(table, seed)
    seconds = time.perf_counter() - started
    return scores(table, answers) | {"seconds": seconds}


def spread(values: Sequence[float]) -> str:
    """`0.9123 ± 0.012`"""
    return f"{mean(values):.4g}" + (f" ± {stdev(values):.2g}" if len(values) > 1 else "")


def markdown(found: dict[str, dict[str, list[Scores]]], sizes: dict[str, str]) -> str:
    """A table for those with classes, another for those with numbers."""
    lines: list[str] = []
    for metric in ("accuracy", "RMSE / std"):
        rows = [(name, each) for name, results in found.items() for each in results.items() if metric in each[1][0]]
        if rows:
            columns = list(rows[0][1][1][0])
            lines += [f"| table | by | {' | '.join(columns)} |", "|---" * (len(columns) + 2) + "|"]
        for name, (contender, runs) in rows:
            cells = " | ".join(spread([run[column] for run in runs]) for column in columns)
            lines.append(f"| {name} ({sizes[name]}) | {contender} | {cells} |")
        lines += [""] * bool(rows)
    return "\n".join(lines)


def quality(arguments: Sequence[str]) -> None:
    options = read(arguments)
    contenders: dict[str, Contender] = {
        "Rookery": lambda table, seed: rookery(table, seed, options.overrides),
        "CatBoost": cat_boost,
        "MLP": scikit_learn,
    }
    found: dict[str, dict[str, list[Scores]]] = {}
    sizes: dict[str, str] = {}
    for splitted in splits(options):
        first = splitted[0]
        sizes[first.name] = f"{len(first.rows):,} × {len(first.inputs)}"
        results = found.setdefault(first.name, {name: [] for name in contenders})
        for seed, table in enumerate(splitted):
            for name, contender in contenders.items():
                results[name].append(measured(table, seed, contender))
                print(f"{first.name} {seed} {name} {results[name][-1]}", file=sys.stderr, flush=True)
    print(markdown(found, sizes))
    print(_NOTES.format(rookery=" ".join(options.overrides), threads=THREADS))
    if options.json:
        write_json(Path(options.json), {"overrides": options.overrides, "tables": found})


def main() -> int:
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])
    return exit_code(lambda: quality(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
