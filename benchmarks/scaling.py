"""How the time of an epoch grows with the rows and with the parameters: two pictures for docs/performance.md.

    python -m benchmarks.scaling                        rows from 10,000 to 10,000,000, networks from 400 to a million
                                                        parameters; takes some minutes and 8 GB
    python -m benchmarks.scaling most_rows=1000000      fewer
    python -m benchmarks.scaling folder=docs            where time_by_rows.svg and time_by_parameters.svg are written

Rows: hidden layers [10, 10], batches of 256. Parameters: 100,000 rows, batches of 256, two hidden layers of one width.
Ours, by hand and scikit-learn as in `benchmarks.speed`; compiled without the seconds of compiling. Prints the figures.
"""

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt

from benchmarks import by_hand
from benchmarks.peers import scikit_learn
from benchmarks.speed import TABLE, alternately, write_table
from src.config.compose import compose
from src.config.config import Config
from src.data.prepare import prepare
from src.data.prepared import Prepared
from src.machine import ROOT

ROWS = (10_000, 100_000, 1_000_000, 10_000_000)
WIDTHS = (10, 32, 100, 320, 1000)
_ALWAYS = (*TABLE, "trainer.batch_size=256", "tracking=none", "trainer=cpu")
_FEW = 100_000  # rows up to which each is measured three times
_MOST_OF_PEERS = 1_000_000  # rows


def seconds(rows: int, widths: Sequence[int]) -> list[dict[str, float]]:
    """Of an epoch, for each network with two hidden layers of one of the `widths`."""
    with tempfile.TemporaryDirectory() as folder:
        write_table(Path(folder), rows)
        prepared, found = None, []
        for width in widths:
            of_width = (*_ALWAYS, f"model.hidden=[{width},{width}]")
            eager, compiled = (
                compose([*of_width, f"trainer.compile={each}"], Path(folder)).config for each in ("false", "true")
            )
            prepared = prepared or prepare(eager.dataset, ROOT)
            found.append(_of_network(eager, compiled, prepared, 3 if rows <= _FEW else 1, rows <= _MOST_OF_PEERS))
    return found


def _of_network(eager: Config, compiled: Config, prepared: Prepared, repeats: int, peers: bool) -> dict[str, float]:
    others: dict[str, Callable[[Config, Prepared], float]] = {"by hand": by_hand.train}
    if peers:
        others["scikit-learn"] = scikit_learn
    times, _ = alternately(eager, compiled, prepared, others, repeats)
    return {name: min(each.seconds) for name, each in times.items()}


def draw(path: Path, along: str, at: Sequence[int], found: Sequence[dict[str, float]]) -> None:
    """Both axes in powers of ten."""
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for name in found[0]:
        places = [(x, each[name]) for x, each in zip(at, found, strict=True) if name in each]
        axes.plot(*zip(*places, strict=True), marker="o", label=name)
    axes.set(xscale="log", yscale="log", xlabel=along, ylabel="seconds of an epoch")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    options = {"most_rows": str(ROWS[-1]), "folder": "docs"} | dict(each.split("=", 1) for each in sys.argv[1:])
    rows, folder = [each for each in ROWS if each <= int(options["most_rows"])], Path(options["folder"])
    by_rows = [each for count in rows for each in seconds(count, [10])]
    parameters = [28 * width + width + width * width + width + width + 1 for width in WIDTHS]
    by_parameters = seconds(_FEW, WIDTHS)
    for along, at, found in (("rows", rows, by_rows), ("parameters", parameters, by_parameters)):
        draw(folder / f"time_by_{along}.svg", along, at, found)
        for x, each in zip(at, found, strict=True):
            print(f"{x:>12,} {along:<11}" + "  ".join(f"{name} {value:.3f} s" for name, value in each.items()))


if __name__ == "__main__":
    main()
