"""What is compared: a configuration with its runs, which differ in `seed` only."""

import json
import string
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from torch import Tensor

from src.comparison.answers import Answers
from src.config.config import WITHOUT_EFFECT
from src.errors import ConfigError


@dataclass(frozen=True)
class Side:
    """What is measured is the mean over the runs; `letter` stands for it in tables and sentences."""

    letter: str
    runs: tuple[Answers, ...]

    @property
    def folders(self) -> str:
        return ", ".join(str(each.run.folder) for each in self.runs)

    @property
    def seeds(self) -> str:
        return ", ".join(str(each.run.config.get("seed")) for each in self.runs)

    @property
    def has_seeds(self) -> bool:
        """Whether there are several."""
        return len({each.run.config.get("seed") for each in self.runs}) > 1

    def metrics(self, names: Sequence[str], counts: Tensor | None = None) -> dict[str, float]:
        """A metric that one of the runs has not is left out; `counts` as in `Answers.metrics`."""
        return {name: fmean(values) for name, values in self._each(names, counts).items()}

    def spread(self, names: Sequence[str]) -> dict[str, float]:
        """Standard deviation over the seeds, of a sample (n - 1). Requires two runs."""
        return {name: stdev(values) for name, values in self._each(names).items()}

    def score(self) -> Tensor:
        """As `Answers.score`."""
        return sum((run.score() for run in self.runs[1:]), self.runs[0].score()) / len(self.runs)

    def _each(self, names: Sequence[str], counts: Tensor | None = None) -> dict[str, list[float]]:
        """A value for each run."""
        measured = [run.metrics(names, counts) for run in self.runs]
        return {name: [one[name] for one in measured] for name in measured[0] if all(name in one for one in measured)}


def sides_of(runs: Sequence[Answers]) -> tuple[list[Side], list[Side]]:
    """The sides, and those whose spread over seeds can be told. If all runs are of one configuration, each run is a
    side, and all together are the one with a spread. Raises ConfigError if there are more than letters."""
    groups: dict[str, list[Answers]] = {}
    for run in runs:
        groups.setdefault(_but_for_the_seed(run), []).append(run)
    if len(groups) > 1:
        sides = _lettered(list(groups.values()))
        return sides, [side for side in sides if side.has_seeds]
    sides = _lettered([[run] for run in runs])
    together = Side(f"{sides[0].letter} to {sides[-1].letter}", tuple(runs))
    return sides, [together] if together.has_seeds else []


def _lettered(groups: Sequence[Sequence[Answers]]) -> list[Side]:
    letters = string.ascii_uppercase
    if len(groups) > len(letters):
        raise ConfigError(f"{len(groups)} are too many to compare; at most {len(letters)} at once")
    return [Side(letter, tuple(group)) for letter, group in zip(letters, groups, strict=False)]


def _but_for_the_seed(answers: Answers) -> str:
    config = {key: value for key, value in answers.run.config.items() if key not in ("seed", *WITHOUT_EFFECT)}
    return json.dumps([config, answers.run.record["data"]["sha256"]], sort_keys=True)
