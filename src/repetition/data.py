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
    if _is_kept(run, code):
        _fetch(code)
        yield code


def _files(run: PastRun) -> Iterator[Path]:
    path, query = run.config["dataset"]["path"], run.config["dataset"].get("query")
    if query is not None:
        yield answer(path, query, ROOT)
        return
    for paths in path.values() if isinstance(path, dict) else [path]:
        if paths is not None:
            yield from located(paths, Path())


def _is_kept(run: PastRun, code: Path) -> bool:
    """Whether the checkout of then has data.dvc with the hash that was recorded."""
    kept, pointer = run.record["data"].get("dvc"), code / "data.dvc"
    return kept is not None and pointer.is_file() and f"md5: {kept}\n" in pointer.read_text()


def _fetch(code: Path) -> None:
    """From the cache of this checkout or from the remote; what does not come shows in the digest."""
    cache = _dvc(ROOT, "cache", "dir")
    _dvc(code, "cache", "dir", "--local", cache)
    _dvc(code, "pull", "--quiet", "data.dvc")


def _dvc(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout.strip()


def _of_dvc(run: PastRun, code: Path, found: dict[Path, str]) -> str:
    kept = run.record["data"].get("dvc")
    if kept is None:
        return "DVC did not keep it"
    if not _is_kept(run, code):
        return f"DVC kept it as {kept}, and data.dvc of the commit names another hash"
    return f"DVC kept it as {kept}, and has it neither in its cache nor in its remote ({found[code]})"
