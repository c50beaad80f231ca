"""The data that a run was made from, found by its SHA-256: here as it is, or fetched by the hash that DVC has of it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

from src.data.files import check, located
from src.data.origin import sha256
from src.data.sql.answer import answer
from src.errors import DataError
from src.machine import ROOT
from src.repetition.past_run import PastRun


def place_of(run: PastRun, code: Path) -> Path:
    """The folder in which the paths of the configuration lead to the data of the run: the current one, this checkout,
    or `code`, the checkout of then, into which DVC fetches it.

    Raises DataError, with the digest that was required and those that were found.
    """
    required, found = run.record["data"]["sha256"], dict[Path, str]()
    for place in _places(run, code):
        found[place] = digest(run, place)
        if found[place] == required:
            return place
    listed = "; ".join(f"{place}: {each}" for place, each in found.items() if place != code)
    raise DataError(
        f"{run.record['data']['path']}: the data of the run is not there any more. Required: SHA-256 {required}; found "
        f"in {listed}; {_of_dvc(run, code, found)}. Restore the file"
    )


def digest(run: PastRun, place: Path) -> str:
    """SHA-256 of the files, seen from the folder `place`, or why there is none."""
    try:
        with chdir(place):
            files = tuple(_files(run))
            for path in files:
                check(path)
            return sha256(files)
    except DataError as error:
        return str(error)


def _places(run: PastRun, code: Path) -> Iterator[Path]:
    yield from dict.fromkeys([Path.cwd(), ROOT, code])
    if pointers := _pointers(run, code):
        cache = {"cache.dir": _dvc(ROOT, "cache", "dir")}
        for settings in (cache, cache | _remotes()):  # those of then; those of now, with what only this machine knows
            _configure(code, settings)
            _dvc(code, "pull", "--quiet", *pointers)  # what does not come shows in the digest
            yield code


def _files(run: PastRun) -> Iterator[Path]:
    path, query = run.config["dataset"]["path"], run.config["dataset"].get("query")
    if query is not None:
        yield answer(path, query, ROOT)
        return
    for paths in path.values() if isinstance(path, dict) else [path]:
        if paths is not None:
            yield from located(paths, Path())


def _pointers(run: PastRun, code: Path) -> list[str]:
    """The .dvc files in the checkout of then with the hashes that were recorded; none if one is missing."""
    kept = (run.record["data"].get("dvc") or "").split(", ")
    texts = {str(path.relative_to(code)): path.read_text() for path in code.rglob("*.dvc") if path.is_file()}
    found = {md5: name for md5 in kept for name, text in texts.items() if f"md5: {md5}\n" in text}
    return list(found.values()) if len(found) == len(kept) else []


def _remotes() -> dict[str, str]:
    """Settings of the remotes of this checkout, paths from the root on, keys and passwords included."""
    lines = (line.partition("=") for line in _dvc(ROOT, "config", "--list").splitlines())
    return {name: value for name, _, value in lines if name == "core.remote" or name.startswith("remote.")}


def _configure(code: Path, settings: dict[str, str]) -> None:
    """Writes .dvc/config.local, which goes before what the commit has."""
    sections = dict[str, list[str]]()
    for name, value in settings.items():
        section, _, option = name.rpartition(".")
        kind, _, remote = section.partition(".")
        quote = "'" if '"' in value else '"'
        title = f"""['{kind} "{remote}"']""" if remote else f"[{kind}]"
        sections.setdefault(title, [title]).append(f"    {option} = {quote}{value}{quote}")
    lines = (f"{line}\n" for section in sections.values() for line in section)
    (code / ".dvc" / "config.local").write_text("".join(lines))


def _dvc(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout.strip()


def _of_dvc(run: PastRun, code: Path, found: dict[Path, str]) -> str:
    kept = run.record["data"].get("dvc")
    if kept is None:
        return "DVC did not keep it"
    if not _pointers(run, code):
        return f"DVC kept it as {kept}, and no .dvc file of the commit names that hash"
    return f"DVC kept it as {kept}, and has it neither in its cache nor in its remote ({found[code]})"
