"""The files that a path names, and their bytes."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from glob import has_magic
from pathlib import Path

from src.config.source import format_of
from src.data.names import listed
from src.data.remote.copy import addresses, is_remote, local_copy
from src.errors import DataError, MachineError

_FETCH = "DVC keeps it: fetch it with `dvc pull`"


def located(paths: str | Iterable[str], root: Path) -> tuple[Path, ...]:
    """The files of a path, a glob, a folder (all tables in it), an address or a list of these, in this order, else by
    name.

    What is relative is looked for in the current folder, then in `root`; what is behind an address is copied into
    `root`. Raises DataError where there is no file, MachineError where a server does not give it.
    """
    each = [paths] if isinstance(paths, str) else paths
    return distinct(file for path in each for file in (_fetched if is_remote(path) else _located)(path, root))


def distinct(named: Iterable[Path]) -> tuple[Path, ...]:
    """The files themselves. Raises DataError for one that is named twice."""
    files = tuple(named)
    if twice := sorted({str(file) for file in files if files.count(file) > 1}):
        raise DataError(f"dataset.path names {twice[0]} more than once; its rows would count twice")
    return files


def _fetched(url: str, root: Path) -> list[Path]:
    return [local_copy(each, root) for each in addresses(url)]


def _located(path: str, root: Path) -> list[Path]:
    place = here if (here := Path(path)).exists() else root / path
    if place.is_dir():
        tables = sorted(file for file in place.iterdir() if _is_meant(file) and format_of(file.name))
        if not tables:
            raise DataError(
                f"{place} is a folder without a table; it holds: {listed(_names(place))}{_kept_by_dvc(place)}"
            )
        return tables
    if has_magic(path) and not place.exists():
        found = _fitting(Path(path)) or _fitting(root / path)
        if not found:
            raise DataError(f"no file fits {path}{_kept_by_dvc(Path(path)) or _kept_by_dvc(root / path)}")
        return found
    return [place]


def _fitting(pattern: Path) -> list[Path]:
    begin = Path(pattern.anchor)
    return sorted(file for file in begin.glob(str(pattern.relative_to(begin))) if _is_meant(file))


def _is_meant(path: Path) -> bool:
    """A file that is no companion, as Office (~$book.xlsx) and macOS (._t.csv) keep them beside the tables."""
    return path.is_file() and not path.name.startswith((".", "~$"))


@contextmanager
def named(path: Path) -> Iterator[None]:
    """What is wrong with the file is told with its path."""
    try:
        yield
    except DataError as error:
        raise DataError(str(error) if str(path) in str(error) else f"{path}: {error}") from None


def read_bytes(path: Path) -> bytes:
    """Content of the file, unpacked if its name ends in .gz.

    Raises DataError if there is none or it is no whole gzip file, MachineError if it may not be read.
    """
    check(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MachineError(f"{path} cannot be read: {error.strerror}") from None
    if path.suffix.lower() != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path}: not a whole gzip file ({error}); fetch or pack it again") from None


def check(path: Path) -> None:
    """Raises DataError if there is no such file, with what may be meant; MachineError if it may not be read."""
    try:
        path.open("rb").close()
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"no such file: {path}{_remedy(path)}") from None
    except IsADirectoryError:
        raise DataError(f"{path} is a folder; name a file in it") from None
    except OSError as error:
        raise MachineError(f"{path} cannot be read: {error.strerror}") from None


def _remedy(path: Path) -> str:
    if path.parent.is_dir() and (near := get_close_matches(path.name, _names(path.parent), n=1)):
        return f"; did you mean {near[0]}?" if near != [f"{path.name}.dvc"] else f"; {_FETCH}"
    if sentence := _kept_by_dvc(path):
        return sentence
    if not path.parent.is_dir():
        return f"; the folder {path.parent} is missing as well. If DVC keeps the data, fetch it with `dvc pull`"
    return f"; {path.parent} holds: {listed(_names(path.parent))}"


def _kept_by_dvc(path: Path) -> str:
    places = (place for place in (path, *path.parents) if place.name)
    return f"; {_FETCH}" if any(place.with_name(f"{place.name}.dvc").is_file() for place in places) else ""


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())
