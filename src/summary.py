"""What a run says about itself: a dozen lines before it starts, a few when it is done."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from src.task import Task

if TYPE_CHECKING:  # this file alone is quick to import
    from src.config.config import Config
    from src.data.prepared import Prepared
    from src.steps import StepPlan


def before(config: "Config", prepared: "Prepared", plan: "StepPlan", folder: Path) -> str:
    facts, output, input = prepared.facts, prepared.features.output, prepared.features.input
    rows, split = facts["rows"], config.dataset.split
    dropped = ", ".join(facts["dropped"]) or "none"
    trainer, optimizer = config.trainer, config.optimizer
    patience = trainer.early_stopping.patience if trainer.early_stopping else None
    lines = {
        "data": f"{config.dataset.path}: {rows['table']} rows, {rows['used']} used",
        "rows": f"train {rows['train']}, validation {rows['validation']}, test {rows['test']} "
        f"({'random' if output.task is Task.REGRESSION else split.by}, split seed {split.seed})",
        "numeric": _listed(input.numeric),
        "categorical": _listed(input.categorical),
        "left out": dropped,
        "target": f"{output.target}: {output.task.value}{_classes(facts, output.task)}",
        "network": f"{_network(config)}: {plan.parameters:,} parameters",
        "training": f"{_loss(config, output.task)}, {optimizer.name} lr {optimizer.lr:g}, scheduler "
        f"{config.scheduler.name}, at most {plan.max_epochs} epochs of {plan.steps_per_epoch} steps of "
        f"{plan.batch_size} rows" + (f", early stopping after {patience}" if patience else ""),
        "device": f"{plan.device} x {plan.world}, {plan.threads} thread{'s' * (plan.threads > 1)}, "
        f"{'bfloat16 products, float32 weights' if plan.bf16 else 'float32'}, seed {config.seed}",
        "hash": f"{config.hash} (configuration), {facts['sha256'][:16]} (data)",
        "run folder": str(folder),
    }
    return "\n".join(f"{key:<12}{value}" for key, value in lines.items())


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
