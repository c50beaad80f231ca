"""What was trained on what, and how that went."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from src.charts.chart import Chart
from src.charts.page import details, figure, grid, pairs, paragraph, table
from src.charts.scale import Scale, shown
from src.custom_code import command
from src.data.names import listed
from src.monitor import Monitor
from src.report.sections.section import Section
from src.report.subject import Subject
from src.tracing.picture import network_svg

_MOST_POINTS = 300  # of a curve
_MOST_LAYERS = 40
_WEIGHTS = "Blue: above 0, orange: below."

Rows = Sequence[Mapping[str, float]]


def about(subject: Subject) -> Section:
    record, config, facts = subject.record, subject.config, subject.prepared.facts
    data, features, git = record["data"], subject.predictor.features, record["git"] or {}
    columns = features.columns
    kinds = {"numeric": columns.numeric, "ordered": columns.ordered, "dates": [*columns.datetime]}
    kinds["categorical"] = columns.categorical
    split = config["dataset"]["split"]
    rows = {
        "target": f"{features.output.name} ({features.output.task.value})",
        "data": f"{data['path']}, {facts['rows']['table']:,} rows, SHA-256 {data['sha256'][:16]}…",
        "rows": ", ".join(f"{part} {count:,}" for part, count in data["rows"].items()) + f" (split: {split['by']})",
        **{f"{kind} columns": f"{len(names)}: {listed(names, 12)}" for kind, names in kinds.items() if names},
        "network": f"{_network(config)}, {record['parameters']:,} parameters",
        "training": _training(subject),
        "machine": f"{record['device']}, {record['threads']} thread(s), {record.get('cpu') or 'unknown processor'}",
        "code": _code(git),
        "configuration": f"hash {record['config_hash']}; seed {config['seed']}",
        "versions": ", ".join(f"{name} {record['versions'][name]}" for name in ("python", "torch", "polars")),
        "started": f"{record['started'][:16].replace('T', ' ')} UTC",
    }
    content = pairs(rows)
    link = '<p class="quiet">The whole configuration, and how to make the same again: <a href="#again">below</a>.</p>'
    return Section("about", "What was trained", content + link)


def _network(config: Mapping[str, Any]) -> str:
    model = config["model"]
    several = f"{model['ensemble']} x " if model.get("ensemble", 1) > 1 else ""
    return f"{several}{model['name']}{' ' + str(model['hidden']) if 'hidden' in model else ''}"


def _training(subject: Subject) -> str:
    config = subject.config
    optimizer, loss, schedule = config["optimizer"], config["loss"]["name"], config["scheduler"]["name"]
    if loss == "auto":
        loss = subject.tested.output.task.default_loss
    return (
        f"{loss}, {optimizer['name']} with lr {optimizer['lr']:g}, scheduler {schedule}, "
        f"{len(subject.history)} epochs, ended by {subject.record['ended_by']}"
    )


def _code(git: Mapping[str, Any]) -> str:
    if not git:
        return "outside a git checkout"
    dirty = ", with changes that are not committed (code.diff)" if git["dirty"] else ""
    return f"commit {git['commit'][:12]} ({git['branch']}){dirty}"


def network(subject: Subject) -> Section:
    """A picture, and the tensors that were learned."""
    predictor = subject.predictor
    picture = figure(network_svg(predictor), "With the weights that were learned", _WEIGHTS, "wide")
    state = predictor.bundle.network.named_parameters()
    rows = [[name, " x ".join(map(str, each.shape)) or "1", f"{each.numel():,}"] for name, each in state]
    more = [paragraph(f"and {len(rows) - _MOST_LAYERS} more", "quiet")] if len(rows) > _MOST_LAYERS else []
    heads = ["weights", "shape", "numbers"]
    listed_weights = table([heads, *rows[:_MOST_LAYERS]], numbers=[2]) + "".join(more)
    return Section("network", "The network", picture + details("all weights by name", listed_weights))


def learning(subject: Subject) -> Section:
    """Train and validation values by epoch; the epoch whose weights were kept is marked."""
    monitor = Monitor.of(subject.config["trainer"]["monitor"])
    members = _by_member(subject.history)
    validated = [key for key in subject.history[0] if key.startswith("validation/")]
    cards = [_curve(members, key.removeprefix("validation/"), monitor) for key in validated]
    if len({row["lr"] for row in subject.history}) > 1:
        cards.append(_rates(members))
    return Section("learning", "How it learned", grid(*cards))


def _by_member(history: Rows) -> list[Rows]:
    """One for each network of an ensemble."""
    numbers = dict.fromkeys(row.get("member", 0) for row in history)
    return [[row for row in history if row.get("member", 0) == number] for number in numbers]


def _curve(members: Sequence[Rows], name: str, monitor: Monitor) -> str:
    parts = [part for part in ("train", "validation") if f"{part}/{name}" in members[0][0]]
    values = [row[f"{part}/{name}"] for part in parts for rows in members for row in rows]
    chart = Chart(_epochs(members), Scale.of(values), "epoch", name, f"{name} by epoch", parts)
    best = [min(rows, key=lambda row: monitor.cost(row[f"validation/{monitor.name}"])) for rows in members]
    if len(members) == 1:
        chart.upright(best[0]["epoch"], f"best epoch {best[0]['epoch']}")
    for rows in members:
        drawn = rows[:: -(-len(rows) // _MOST_POINTS)]
        for number, part in enumerate(parts):
            curve = [row[f"{part}/{name}"] for row in drawn]
            number = number if len(parts) > 1 else 1  # the colour of validation rows
            chart.line([row["epoch"] for row in drawn], curve, number, part, thin=len(members) > 1)
    if len(members) > 1:
        key = f"validation/{name}"
        chart.points([row["epoch"] for row in best], [row[key] for row in best], 1)
    last = best[0][f"validation/{name}"]
    kept = f"epoch {best[0]['epoch']}: validation {name} {shown(last)}" if len(members) == 1 else ""
    return figure(chart.svg(), name, kept or f"{len(members)} members; a dot where each was best by {monitor.name}")


def _rates(members: Sequence[Rows]) -> str:
    rows = members[0][:: -(-len(members[0]) // _MOST_POINTS)]
    rates = [row["lr"] for row in rows]
    chart = Chart(_epochs(members), Scale.of(rates, [0.0]), "epoch", "lr", "learning rate by epoch")
    chart.line([row["epoch"] for row in rows], rates, 2)
    return figure(chart.svg(), "learning rate", "at the end of each epoch")


def _epochs(members: Sequence[Rows]) -> Scale:
    last = max(row["epoch"] for rows in members for row in rows)
    scale = Scale.between(0 if last < 20 else 1, max(last, 2))
    return Scale(scale.low, scale.high, tuple(tick for tick in scale.ticks if tick == round(tick) and tick >= 1))


def again(subject: Subject) -> Section:
    """Commands, and the configuration as it was resolved."""
    run, custom = subject.folder, subject.config["model"]["name"] == "custom"
    commands = [
        command("src.rerun", str(run), custom=custom),
        command("src.predict", f"model={run}", "input=FILE.csv", "output=FILE.csv", custom=custom),
        str(subject.record["command"]),
    ]
    told = [
        "The same run once more, by its code and data; says whether it is the same to the last bit:",
        "Predictions for the rows of a file:",
        "As it was started:",
    ]
    lines = "".join(f"<p>{each}</p><pre>{escape(line)}</pre>" for each, line in zip(told, commands, strict=True))
    proved = "".join(paragraph(each, "quiet") for each in (subject.proved.sentences() if subject.proved else ()))
    text = (run / "config.yaml").read_text(encoding="utf-8")
    whole = f"<details><summary>config.yaml, every key of it</summary><pre>{escape(text)}</pre></details>"
    return Section("again", "The same again", lines + proved + whole)
