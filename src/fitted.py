"""What was fitted on the validation rows after the training (`OutputSpec.post_hoc`), in words."""

from src.data.names import shortened
from src.spec import OutputSpec
from src.task import Task


def sentences(output: OutputSpec) -> list[str]:
    """For instance `temperature 1.31`; nothing where nothing was fitted."""
    return [*_calibration(output), *_decision(output), *_coverage(output)]


def _calibration(output: OutputSpec) -> list[str]:
    found = output.post_hoc
    if found.temperature:
        names = output.targets if output.task is Task.MULTILABEL else ("",)
        return [f"temperature {_of_each(found.temperature, names)}"]
    if found.curves:
        knots = tuple(len(curve[0]) for curve in found.curves)
        return [f"isotonic curves, knots {_of_each(knots, output.answers if len(knots) > 1 else ('',))}"]
    return []


def _decision(output: OutputSpec) -> list[str]:
    found = output.post_hoc
    if found.costs:
        return [f"the class with the least expected cost of {[list(row) for row in found.costs]}"]
    if found.threshold:
        if output.task is Task.MULTILABEL:
            return [f"labels from above a probability of {_of_each(found.threshold, output.targets)}"]
        return [f"class {shortened(output.classes[1])} from above a probability of {found.threshold[0]:.4g}"]
    return []


def _coverage(output: OutputSpec) -> list[str]:
    found = output.post_hoc
    if found.coverage is None:
        return []
    share = f"{100 * found.coverage:g} %"
    if output.task is not Task.REGRESSION:
        least = tuple(1 - each for each in found.radius)
        same = len({*least}) == 1
        shown = _of_each(least[:1], ("",)) if same else _of_each(least, output.classes)
        return [f"sets for {share} of the rows: classes with a probability of at least {shown}"]
    units = {
        "quantile": "from the lowest quantile to the highest, each moved outwards by {}",
        "gaussian_nll": "the value ± {} standard deviations",
        "poisson": "the value ± {} times its root",
    }
    log = ", in the unit log(1 + |value|)" if output.log else ""
    shown = _of_each(found.radius, output.targets if len(output.targets) > 1 else ("",))
    return [f"intervals for {share} of the rows: {units.get(output.head, 'the value ± {}').format(shown)}{log}"]


def _of_each(values: tuple[float, ...], names: tuple[str, ...]) -> str:
    """`a 1.2, b 0.9`, the first ones of many."""
    shown = [f"{shortened(name)} {value:.4g}".strip() for value, name in zip(values, names, strict=True)]
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "")
