"""Prepared data that is kept from run to run, by the content of its files and by all that decides what becomes of them.

    .cache/prepared/files.json                  digests of the files, and the size and times that each had then
    .cache/prepared/<configuration>/<content>/  what `Prepared.save` writes; the one that was not used for longest goes
                                                first when all of them take more than 20 GiB

A file whose size and times are as they were is not read again to tell that it is the same (as git does it).
"""

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from src import atomic
from src.config.dataset import Dataset
from src.data.origin import Digests, Origin, digests, refuse_changed
from src.data.prepare import from_table, into_folder
from src.data.prepared import FORMAT, STATE, Prepared
from src.data.source import Source
from src.errors import DataError, MachineError

FOLDER = Path(".cache") / "prepared"
"""Below the checkout."""

SMALL = 1 << 20
"""Bytes of files below which preparing takes no longer than finding what was prepared."""

MOST = 20 << 30
"""Bytes that all prepared data together may take."""

_ABANDONED = 24 * 60 * 60
"""Seconds after which what was being made belongs to a process that was killed."""

Times = list[list[str | int]]
"""Of each file: path, size, time of the last change of its content and of its state, both in nanoseconds."""


def prepared(dataset: Dataset, root: Path, folder: Path) -> Prepared:
    """As `prepare` gives it, with the fact `found`: whether it was there already. Raises DataError as that does,
    MachineError if `folder` cannot be written to."""
    source = Source.of(dataset, root)
    refuse_changed(dataset, source.files, root)
    if source.size < SMALL:
        return from_table(dataset, source.table(dataset.missing.markers), source, root)
    place = folder / configuration(dataset)
    try:
        before = times(source.files)
        content = _known(folder, before, source.files) or (digests(source.files) if place.exists() else None)
        if content and (there := _found(place / content.sha256)):
            _remember(folder, before, content)
            origin = Origin.of(dataset, source.files, root, content)
            return Prepared(there.features, there.parts, there.facts | asdict(origin) | {"found": True})
        return _made(dataset, source, root, folder, place, before)
    except OSError as error:
        raise MachineError(f"{folder}: prepared data cannot be kept there: {error.strerror}") from None


def configuration(dataset: Dataset) -> str:
    """Name of the place for what is prepared so, by this code."""
    section = dataset.model_dump(mode="json", exclude={"name", "changed"})
    return atomic.json_digest([section, FORMAT, _code(), pl.__version__])[:16]


def times(files: Sequence[Path]) -> Times:
    """What tells without reading that a file is the same."""
    states = [(str(path.resolve()), path.stat()) for path in files]
    return [[path, state.st_size, state.st_mtime_ns, state.st_ctime_ns] for path, state in states]


@cache
def _code() -> str:
    """Digest of the code that prepares."""
    source = Path(__file__).resolve().parents[1]
    files = sorted([*source.glob("data/**/*.py"), *source.glob("config/*.py"), source / "spec.py", source / "task.py"])
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _known(folder: Path, now: Times, files: Sequence[Path]) -> Digests | None:
    match _notes(folder).get(json.dumps([path for path, *_ in now])):
        case {"times": before, "sha256": str(sha256), "md5": list(md5)} if before == now:
            content = Digests(sha256, md5)
            return content if content.suffice(files) else None
    return None


def _remember(folder: Path, now: Times, content: Digests) -> None:
    noted = {json.dumps([path for path, *_ in now]): {"times": now, **content._asdict()}}
    atomic.write_json(folder / "files.json", _notes(folder) | noted)


def _notes(folder: Path) -> dict[str, Any]:
    try:
        noted = json.loads((folder / "files.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _found(place: Path) -> Prepared | None:
    """What is there; what is damaged goes away."""
    if not place.exists():
        return None
    try:
        there = Prepared.load(place)
    except MachineError:
        shutil.rmtree(place, ignore_errors=True)
        return None
    os.utime(place)
    return there


def _made(dataset: Dataset, source: Source, root: Path, folder: Path, place: Path, before: Times) -> Prepared:
    """Written under a name of its own first: another process may do the same at the same time. `before`: of the files
    before they were read."""
    making = folder / f"making-{uuid.uuid4().hex}"
    try:
        with ThreadPoolExecutor(1) as thread:
            content = thread.submit(digests, source.files)

            def origin() -> Origin:
                return Origin.of(dataset, source.files, root, content.result())

            made = _into_folder(dataset, source, root, making, origin)
        if times(source.files) != before:
            raise DataError(f"{source} changed while it was read; start again")
        final = place / content.result().sha256
        place.mkdir(parents=True, exist_ok=True)
        _rename(making, final)
        _remember(folder, before, content.result())
        with suppress(FileNotFoundError):  # another process makes room as well
            _make_room(folder, final)
        return Prepared(made.features, made.parts, made.facts | {"found": False})
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _into_folder(dataset: Dataset, source: Source, root: Path, making: Path, origin: Callable[[], Origin]) -> Prepared:
    try:
        return into_folder(dataset, source, root, making, origin)
    except DataError:
        origin()  # that the file is not what DVC keeps says more than what is wrong in it
        raise


def _rename(making: Path, final: Path) -> None:
    try:
        making.rename(final)
    except OSError:
        if not final.exists():  # else another process was quicker, with the same content
            raise


def _make_room(folder: Path, needed: Path) -> None:
    for left in folder.glob("making-*"):
        if time.time() - left.stat().st_mtime > _ABANDONED:
            shutil.rmtree(left, ignore_errors=True)
    places = sorted((each.parent for each in folder.glob(f"*/*/{STATE}")), key=lambda each: each.stat().st_mtime)
    sizes = {place: sum(file.stat().st_size for file in place.iterdir()) for place in places}
    for place in places:
        if sum(sizes.values()) > MOST and place != needed:
            shutil.rmtree(place, ignore_errors=True)
            sizes.pop(place)
