"""What a run says about itself: a dozen lines before it starts, a few when it is done."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from src.task import Task

if TYPE_CHECKING:  # this file alone is quick to import
    from src.config.config import Config
    from src.config.split import Split
    from src.data.prepared import Prepared
    from src.steps import StepPlan


def before(config: "Config", prepared: "Prepared", plan: "StepPlan", folder: Path) -> str:
    facts, task = prepared.facts, prepared.features.output.task
    trainer, optimizer = config.trainer, config.optimizer
    patience = trainer.early_stopping.patience if trainer.early_stopping else None
    lines = {
        "network": f"{_network(config)}: {plan.parameters:,} parameters",
        "training": f"{_loss(config, task)}, {optimizer.name} lr {optimizer.lr:g}, scheduler "
        f"{config.scheduler.name}, at most {plan.max_epochs} epochs of {plan.steps_per_epoch} steps of "
        f"{plan.batch_size} rows" + (f", early stopping after {patience}" if patience else ""),
        "device": f"{plan.device} x {plan.world}, {plan.threads} thread{'s' * (plan.threads > 1)}, "
        f"{'bfloat16 products, float32 weights' if plan.bf16 else 'float32'}, seed {config.seed}",
        "hash": f"{config.hash} (configuration), {facts['sha256'][:16]} (data)",
        "run folder": str(folder),
    }
    notes = [f"{'note':<12}{note}" for note in facts["notes"]]
    return "\n".join([*about_data(config, prepared), *(f"{key:<12}{value}" for key, value in lines.items()), *notes])


def about_data(config: "Config", prepared: "Prepared") -> list[str]:
    """Rows of each part, columns by kind and why, target."""
    facts, output, input = prepared.facts, prepared.features.output, prepared.features.input
    rows = facts["rows"]
    lines = {
        "data": f"{facts['path']}: {rows['table']} rows, {rows['used']} used",
        "rows": f"train {rows['train']}, validation {rows['validation']}, test {rows['test']} "
        f"({_split(config.dataset.split)})",
        "numeric": _listed(input.numeric),
        "categorical": _listed(input.categorical),
        "left out": _left_out(facts),
        "target": f"{output.target}: {output.task.value}{_classes(facts, output.task)}",
    }
    return [*_decisions(facts["columns"]["decided"]), *(f"{key:<12}{value}" for key, value in lines.items())]


def _split(split: "Split") -> str:
    """`group: site, split seed 0, fold 2 of 0 to 4`"""
    by = split.by + (f": {', '.join(split.columns)}" if split.columns else "")
    seed = [] if split.by in ("time", "column") else [f"split seed {split.seed}"]
    fold = [] if split.folds is None else [f"fold {split.fold} of 0 to {split.folds * split.repeats - 1}"]
    return ", ".join([by, *seed, *fold])


def _decisions(decided: dict[str, dict[str, str]]) -> list[str]:
    """What inspection made of the columns that the YAML does not name, a line for each kind; why stands in brackets."""
    lines: list[str] = []
    for kind in ("numeric", "categorical"):
        reasons = {name: each["why"] for name, each in decided.items() if each["kind"] == kind}
        if reasons:
            lines.append(f"{'inspected' if not lines else '':<12}{kind} {_with_reasons(reasons)}")
    return lines


def _left_out(facts: dict[str, Any]) -> str:
    decided = facts["columns"]["decided"]
    return _with_reasons({name: decided.get(name, {}).get("why", "") for name in facts["dropped"]}) or "none"


def _with_reasons(reasons: dict[str, str], shown: int = 12) -> str:
    """`a, b (numbers), c (always 3)`: neighbours with the same reason share its bracket."""
    names = list(reasons)[:shown]
    parts = [
        f"{name} ({reasons[name]})" if reasons[name] and reasons.get(following) != reasons[name] else name
        for name, following in zip(names, [*names, ""][1:], strict=True)
    ]
    return ", ".join(parts) + (f" and {len(reasons) - shown} more" if len(reasons) > shown else "")


def after(metrics: dict[str, dict[str, float]], best_epoch: int, epochs: int, seconds: float) -> str:
    trained = f"{'trained':<12}{epochs} epochs in {seconds:.1f} s; the weights of epoch {best_epoch} are kept"
    return "\n".join([trained, *shown(metrics)])


def shown(metrics: dict[str, dict[str, float]]) -> list[str]:
    """One line for each part of the table."""
    return [
        f"{part:<12}" + "  ".join(f"{name} {value:.4g}" for name, value in values.items())
        for part, values in metrics.items()
    ]


def title(config: "Config") -> str:
    """For lists of runs: the data and the network."""
    return config.tracking.run_name or f"{config.dataset.name} {_network(config)}"


def _network(config: "Config") -> str:
    return f"{config.model.name} {config.model.hidden}"


def _loss(config: "Config", task: Task) -> str:
    return task.default_loss if config.loss.name == "auto" else config.loss.name


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"{len(names)}{': ' if names else ''}{shown}"


def _classes(facts: dict[str, Any], task: Task) -> str:
    if task is Task.REGRESSION:
        return ""
    counts = [f"{name} {count}" for name, count in list(facts["classes"].items())[:12]]
    return f" ({', '.join(counts)}{', ...' if len(facts['classes']) > 12 else ''} train rows)"
