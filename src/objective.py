"""What a network is to answer and what decides how well it does, as the configuration and the data say together."""

from collections import Counter
from dataclasses import replace

import torch

from src.config.config import Config
from src.data.counts import check_counts
from src.data.names import listed
from src.data.part import Part
from src.data.prepared import Prepared
from src.errors import ConfigError, DataError
from src.metrics.evaluate import evaluate
from src.monitor import Monitor
from src.outputs import predicted, with_head
from src.spec import OutputSpec, PostHoc


def output_of(config: Config, prepared: Prepared) -> OutputSpec:
    """Raises ConfigError if the loss needs an order of the classes and there is none, or two columns of the predictions
    would have one name, DataError if it needs counts and the target holds other numbers."""
    output = with_head(prepared.features.output, config.loss.model_dump())
    _check_names(replace(output, post_hoc=PostHoc(coverage=config.prediction.coverage)))
    match output.head:
        case "poisson":
            check_counts(prepared)
        case "coral" | "corn" if config.dataset.classes is None:
            _check_order(output)
    return output


def monitor_of(config: Config, output: OutputSpec, validation: Part) -> Monitor:
    """Raises ConfigError if a metric does not fit the target, DataError if the one that decides is undefined on the
    validation rows."""
    if mistakes := config.trainer.misfits(output.task, config.loss.name):
        raise ConfigError(*(f"trainer.{mistake}" for mistake in mistakes))
    monitor = Monitor.of(config.trainer.monitor)
    if monitor.name != "loss" and not _is_defined(monitor.name, output, validation):
        raise DataError(
            f"trainer.monitor: {monitor.name} is undefined on the {len(validation)} validation rows: none of them has "
            "one of the classes or labels, or all have the same value. Take another metric or a larger validation part"
        )
    return monitor


def _is_defined(metric: str, output: OutputSpec, part: Part) -> bool:
    """Whether the rows have all that the metric needs, whatever is predicted: then it is defined where all is right."""
    made_up = predicted(torch.zeros(len(part), output.d_out), output)
    weight = part.weight if len(part.weight) else None
    return metric in evaluate(replace(made_up, point=part.y), part.y, output, weight, [metric])


def _check_names(output: OutputSpec) -> None:
    """Of the targets a and lower_a one is predicted in prediction_lower_a, and so is the lower end of the other."""
    if twice := [name for name, count in Counter(output.predicted_columns).items() if count > 1]:
        raise ConfigError(
            f"dataset.target: two columns of the predictions would be called {twice[0]!r}, as a target is named like "
            f"what is told beside another ({', '.join(output.beside)}); rename the target"
        )


def _check_order(output: OutputSpec) -> None:
    """Numbers are in order by themselves."""
    if not all(map(_is_number, output.classes)):
        raise ConfigError(
            f"loss={output.head} needs an order of the classes, and those of {output.name!r} are words: "
            f"{listed(output.classes)}. Write them from lowest to highest: dataset.classes: [...]"
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
