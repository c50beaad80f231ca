"""How far apart the results of two runs are: weights, history, metrics."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from src.atomic import read_json
from src.errors import MachineError
from src.repetition.circumstances import Finding

WEIGHTS, HISTORY, METRICS = Path("bundle/weights.safetensors"), Path("history.jsonl"), Path("metrics.json")


def differences(then: Path, now: Path) -> Iterator[Finding]:
    """Of two run folders, nothing where they are identical to the last bit. metrics.json may be missing in the first,
    which then was trained only. Raises MachineError for a damaged file."""
    if _differ(then / WEIGHTS, now / WEIGHTS):
        yield from (("weights", text) for text in _weights(then, now))
    if _differ(then / HISTORY, now / HISTORY):
        yield from (("history", text) for text in _history(_lines(then / HISTORY), _lines(now / HISTORY)))
    if (then / METRICS).exists() and _differ(then / METRICS, now / METRICS):
        yield from (("metrics", text) for text in _metrics(read_json(then / METRICS), read_json(now / METRICS)))


def weights_digest(folder: Path) -> str:
    """SHA-256 of the file with the weights."""
    return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()


def _differ(one: Path, other: Path) -> bool:
    return one.read_bytes() != other.read_bytes()


def _weights(then: Path, now: Path) -> Iterator[str]:
    recorded = read_json(then / "bundle/bundle.json")["weights_sha256"]
    if weights_digest(then) != recorded:
        yield f"the file was changed after the run: SHA-256 {weights_digest(then)}, recorded {recorded}"
    first, second = _tensors(then / WEIGHTS), _tensors(now / WEIGHTS)
    shapes = [{name: [*each.shape] for name, each in tensors.items()} for tensors in (first, second)]
    if shapes[0] != shapes[1]:
        unlike = sorted(name for name in {*first, *second} if shapes[0].get(name) != shapes[1].get(name))
        yield f"other tensors: {', '.join(unlike)}"
        return
    apart = {name: _distance(first[name], second[name]) for name in first}
    largest = max(apart, key=apart.__getitem__)
    yield f"apart by at most {apart[largest]:g}, in {largest}"


def _distance(first: Tensor, second: Tensor) -> float:
    return float((first.double() - second.double()).abs().max()) if first.numel() else 0.0


def _history(first: list[dict[str, float]], second: list[dict[str, float]]) -> Iterator[str]:
    if len(first) != len(second):
        yield f"{len(first)} epochs then, {len(second)} now"
    rows = list(zip(first, second, strict=False))
    for key in first[0]:
        apart = [abs(one[key] - other[key]) if key in other else float("inf") for one, other in rows]
        if any(apart):
            since = next(row["epoch"] for (row, _), each in zip(rows, apart, strict=True) if each)
            yield f"{key} apart by at most {max(apart):g}, from epoch {since:g} on"


def _metrics(first: dict[str, Any], second: dict[str, Any]) -> Iterator[str]:
    one, other = _flat(first), _flat(second)
    for name in one | other:
        values = one.get(name), other.get(name)
        if None in values:
            yield f"{name} {_shown(values[0])} then, {_shown(values[1])} now"
        elif values[0] != values[1]:
            yield f"{name} {values[0]:.9g} then, {values[1]:.9g} now: apart by {abs(one[name] - other[name]):g}"


def _shown(value: float | None) -> str:
    return "missing" if value is None else f"{value:.9g}"


def _flat(metrics: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {f"{part}/{name}": value for part, named in metrics.items() for name, value in named.items()}


def _lines(path: Path) -> list[dict[str, float]]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except ValueError as error:
        raise MachineError(f"{path} is damaged ({error}). Restore it.") from None


def _tensors(path: Path) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load(path.read_bytes())
    except SafetensorError as error:
        raise MachineError(f"{path} is damaged ({error}). Restore it.") from None
