"""What was otherwise when a run was made than it is now, as far as it was recorded."""

from collections.abc import Iterator
from pathlib import Path

from src import machine
from src.repetition.past_run import PastRun

Finding = tuple[str, str]
"""What it is about, and a sentence."""


def differences(run: PastRun, again: Path) -> Iterator[Finding]:
    """`again`: the folder into which the run was repeated."""
    if run.has_lost_changes:
        yield "code", "commit and changes then, the commit alone now"
    if run.config_hash != run.record["config_hash"]:
        yield "configuration", f"hash {run.record['config_hash']} then, {run.config_hash} of config.yaml now"
    now = machine.versions()
    for name, version in run.record["versions"].items():
        if now.get(name, "missing") != version:
            yield "environment", f"{name} {version} then, {now.get(name, 'missing')} now"
    yield from _hardware(run, again)


def _hardware(run: PastRun, again: Path) -> Iterator[Finding]:
    recorded = {"cpu": machine.cpu(), "host": machine.host()}
    for name, now in recorded.items():
        if run.record.get(name, now) != now:
            yield "hardware", f"{name} {run.record[name]} then, {now} now"
    then, now = device(run.folder), device(again)
    if then and now and then != now:
        yield "hardware", f"{then} then, {now} now"


def device(folder: Path) -> str:
    """Kind and number, threads, precision and compilation, as the run said them last in its log; empty if it did not.

    A resumed run keeps the first ones in run.json.
    """
    log = folder / "log.txt"
    lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
    found = [line.removeprefix("device").strip() for line in lines if line.startswith("device ")]
    return found[-1] if found else ""
