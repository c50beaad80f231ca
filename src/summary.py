"""What a run says about itself: a dozen lines before it starts, a few when it is done."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from src.data.names import shortened
from src.task import Task

if TYPE_CHECKING:  # this file alone is quick to import
    from collections.abc import Iterable, Sequence

    from src.config.config import Config
    from src.config.prediction import Prediction
    from src.config.split import Split
    from src.config.trainer import Trainer
    from src.data.prepared import Prepared
    from src.progress import Progress
    from src.steps import StepPlan

_SHOWN_METRICS = 9
_PRECISIONS = {
    "32": "float32",
    "bf16": "bfloat16 products, float32 weights",
    "16": "float16 products of scaled losses, float32 weights",
}
_COMPILED = {
    "": "",
    "steps": ", steps compiled",
    "gradient": ", loss compiled",
    "stacked": ", steps compiled",
    "lacking": ", not compiled for want of a C++ compiler",
}
_BALANCED = {"shuffle": "", "balanced": " drawn evenly from the classes"}


def before(config: "Config", prepared: "Prepared", plan: "StepPlan", folder: Path) -> str:
    facts, task = prepared.facts, prepared.features.output.task
    trainer, optimizer = config.trainer, config.optimizer
    lines = {
        "network": _network(config, plan),
        "training": f"{_loss(config, task)}, {optimizer.name} lr {optimizer.lr:g}, scheduler "
        f"{config.scheduler.name}, at most {plan.max_epochs} epochs of {plan.steps_per_epoch} steps of "
        f"{plan.batch_size} rows{_BALANCED[trainer.sampling]}{_limits(trainer)}{_scheduled(trainer)}"
        f"{_average(trainer)}",
        "device": f"{plan.device} x {plan.world}, {plan.threads} thread{'s' * (plan.threads > 1)}, "
        f"{_PRECISIONS[plan.precision]}{_COMPILED[plan.compile]}{_together(config, plan)}, seed {config.seed}",
        "memory": _memory(plan, prepared),
        **({"prediction": wanted} if (wanted := _prediction(config.prediction)) else {}),
        "hash": f"{config.hash} (configuration), {facts['sha256'][:16]} (data)",
        "run folder": str(folder),
    }
    notes = [f"{'note':<12}{note}" for note in facts["notes"]]
    return "\n".join([*about_data(config, prepared), *(f"{key:<12}{value}" for key, value in lines.items()), *notes])


def _limits(trainer: "Trainer") -> str:
    """`, best epoch by roc_auc, early stopping after 16, at most 600 s`"""
    monitor = [] if trainer.monitor == "loss" else [f"best epoch by {trainer.monitor}"]
    stopping = [f"early stopping after {trainer.early_stopping.patience}"] if trainer.early_stopping else []
    steps = [] if trainer.max_steps is None else [f"at most {trainer.max_steps} in all"]
    seconds = [] if trainer.max_seconds is None else [f"at most {trainer.max_seconds:g} s"]
    return "".join(f", {each}" for each in (*monitor, *stopping, *steps, *seconds))


def _scheduled(trainer: "Trainer") -> str:
    """`, dropout flat_cos, weight_decay linear`"""
    return "".join(f", {name} {getattr(trainer.schedules, name)}" for name in trainer.schedules.moving)


def _average(trainer: "Trainer") -> str:
    if trainer.ema is not None:
        return f"; the moving average of the weights is kept (decay {trainer.ema.decay:g})"
    if trainer.swa is not None:
        first = trainer.swa.first_epoch(trainer.max_epochs)
        return f"; from epoch {first} on the mean of the weights is kept"
    return ""


def _prediction(settings: "Prediction") -> str:
    """`calibration temperature, decision by metric f1, coverage 0.9`; nothing where answers stay as they are."""
    decision, of_each = settings.decision, " of each class" * settings.coverage_per_class
    wanted = {
        "calibration": "" if settings.calibration == "none" else settings.calibration,
        "decision by": "" if decision.by == "probability" else f"{decision.by} {getattr(decision, decision.by)}",
        "coverage": "" if settings.coverage is None else f"{settings.coverage:g}{of_each}",
    }
    return ", ".join(f"{key} {value}" for key, value in wanted.items() if value)


def _network(config: "Config", plan: "StepPlan") -> str:
    if config.model.ensemble == 1:
        return f"{config.model.title}: {plan.parameters:,} parameters"
    how = "side by side" if plan.together else "one after the other"
    return (
        f"ensemble of {config.model.ensemble} members, trained {how} with seeds of their own: each "
        f"{config.model.title} with {plan.parameters:,} parameters"
    )


def _together(config: "Config", plan: "StepPlan") -> str:
    """`, beside others in one process` in a grid; `, 64 steps in a chunk`, after which it looks for signals and NaN."""
    if plan.together:
        return ", beside others in one process" if config.model.ensemble == 1 else ""
    steps = min(plan.chunk_steps, plan.steps_per_epoch)
    return f", {steps} step{'s' * (steps > 1)} in a chunk"


def _memory(plan: "StepPlan", prepared: "Prepared") -> str:
    size = sum(prepared.parts[name].encoded_bytes for name in ("train", "validation")) / 2**20
    if plan.streamed:
        return f"the rows take {size:,.0f} MiB, more than is free: each epoch reads them from the disk"
    return f"the rows take {max(1, round(size)):,} MiB and are held"


def about_data(config: "Config", prepared: "Prepared") -> list[str]:
    """Rows of each part, columns by kind and why, target."""
    facts, output = prepared.facts, prepared.features.output
    rows, columns = facts["rows"], facts["columns"]
    lines = {
        "data": f"{facts['path']}: {rows['table']} rows, {rows['used']} used{_without(facts)}"
        + (", prepared by an earlier run" if facts.get("found") else ""),
        **({"DVC": facts["dvc_state"]} if facts["dvc_state"] not in (None, "same") else {}),
        "rows": f"train {rows['train']}, validation {rows['validation']}, test {rows['test']} "
        f"({_split(config.dataset.split)})",
        "numeric": _listed(columns["numeric"]),
        **{kind: _listed(columns[kind]) for kind in ("ordered", "datetime") if columns[kind]},
        "categorical": _listed(columns["categorical"]),
        **({"merged": rare} if (rare := _rare(prepared)) else {}),
        "left out": _left_out(facts),
        "target": f"{output.name}: {output.task.value}{_classes(facts, output.task)}",
    }
    if config.dataset.weight:
        weight = prepared.parts["train"].weight
        lines["weight"] = f"{config.dataset.weight}: train rows count {weight.min():g} to {weight.max():g}"
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
    for kind in ("numeric", "datetime", "categorical"):
        reasons = {name: each["why"] for name, each in decided.items() if each["kind"] == kind}
        if reasons:
            lines.append(f"{'inspected' if not lines else '':<12}{kind} {_with_reasons(reasons)}")
    return lines


def _without(facts: dict[str, Any]) -> str:
    """`; left out: 3 without sex, 2 without age`"""
    lacking = ", ".join(f"{count} without {name}" for name, count in facts["without"].items())
    return f"; left out: {lacking}" if lacking else ""


def _rare(prepared: "Prepared") -> str:
    """`31 rare values of zone, 4 of sex`: those that count as unseen."""
    rare = {each.name: each.rare for each in prepared.features.categorical if each.rare}
    return ", ".join(f"{count} rare value{'s' * (count > 1)} of {name}" for name, count in rare.items())


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


def of_member(number: int, best_epoch: int, monitored: str, value: float) -> str:
    """When a member of an ensemble has been trained; `value`: of what is monitored, in its best epoch."""
    return f"{f'member {number}':<12}the weights of epoch {best_epoch} are kept: validation {monitored} {value:z.4g}"


def ended_by(members: "Sequence[Progress]") -> str:
    """What ended each, once where they agree."""
    return ", ".join(dict.fromkeys(each.ended_by for each in members))


def after(
    metrics: dict[str, dict[str, float]],
    members: "Sequence[Progress]",
    seconds: float,
    fitted: "Sequence[str]",
    warnings: "Sequence[str]" = (),
) -> str:
    """`fitted`: sentences on what was fitted on the validation rows after the training; `warnings` come last."""
    epochs = sum(each.epoch for each in members)
    best = ", ".join(str(each.best_epoch) for each in members)
    ensemble, s = (f"{len(members)} members, ", "s") if len(members) > 1 else ("", "")
    trained = (
        f"{'trained':<12}{ensemble}{epochs} epochs in {seconds:.1f} s, ended by {ended_by(members)}; "
        f"the weights of epoch{s} {best} are kept"
    )
    return "\n".join([trained, *(f"{'fitted':<12}{each}" for each in fitted), *shown(metrics), *warnings])


def shown(metrics: dict[str, dict[str, float]]) -> list[str]:
    """One line for each part of the table, with the first metrics."""
    return [
        f"{part:<12}"
        + "  ".join(f"{name} {value:z.4g}" for name, value in list(values.items())[:_SHOWN_METRICS])
        + (f"  and {len(values) - _SHOWN_METRICS} more in metrics.json" if len(values) > _SHOWN_METRICS else "")
        for part, values in metrics.items()
    ]


def title(config: "Config") -> str:
    """For lists of runs: the data and the network."""
    ensemble = f"{config.model.ensemble} x " if config.model.ensemble > 1 else ""
    return config.tracking.run_name or f"{config.dataset.name} {ensemble}{config.model.title}"


def _loss(config: "Config", task: Task) -> str:
    return task.default_loss if config.loss.name == "auto" else config.loss.name


def _listed(names: "Iterable[str]") -> str:
    names = list(names)
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"{len(names)}{': ' if names else ''}{shown}"


def _classes(facts: dict[str, Any], task: Task) -> str:
    if task is Task.REGRESSION:
        return ""
    counts = [f"{shortened(name)} {count}" for name, count in list(facts["classes"].items())[:12]]
    of = f"of {facts['rows']['train']} " if task is Task.MULTILABEL else ""
    return f" ({', '.join(counts)}{', ...' if len(facts['classes']) > 12 else ''} {of}train rows)"
