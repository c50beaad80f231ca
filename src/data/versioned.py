"""What DVC keeps of files, by its .dvc files and its cache. Without DVC itself, which takes a second to load.

data.dvc                           outs: [{path: data, md5: ecb4….dir, hash: md5}]
.dvc/cache/files/md5/ec/b4….dir    [{"md5": "a06a…", "relpath": "penguins.csv"}]: the files of the folder
.dvc/cache/files/md5/a0/6a…        the content with this MD5
"""

import configparser
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

from src.errors import DataError

_CONFIGURED = (".dvc/config.local", ".dvc/config")
_OF_THE_USER, _OF_ALL = Path("~/.config/dvc/config"), Path("/etc/xdg/dvc/config")


@dataclass(frozen=True)
class Output:
    """A file or folder that a .dvc file names. `md5` is None where DVC has not hashed it so: what was added before
    DVC 3, or never fetched. Of a folder it ends in .dir."""

    pointer: Path
    place: Path
    md5: str | None
    cache: Path

    def files(self) -> dict[Path, str] | None:
        """MD5 of each file; None where that cannot be told, because the cache has no list of the folder.

        Raises DataError if the list is damaged.
        """
        if self.md5 is None or not self.md5.endswith(".dir"):
            return {self.place: self.md5} if self.md5 else None
        path = self.kept(self.md5)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        if f"{_md5(content)}.dir" != self.md5:
            raise DataError(f"{path}, DVC's list of the files in {short(self.place)}, is damaged; {self.renewal(path)}")
        return {self.place / each["relpath"]: each["md5"] for each in json.loads(content)}

    def kept(self, md5: str) -> Path:
        """Where in the cache the content is, if it is there."""
        return self.cache / "files" / "md5" / md5[:2] / md5[2:]

    def is_damaged(self, md5: str) -> bool:
        if not self.kept(md5).is_file():
            return False
        with self.kept(md5).open("rb") as file:
            return hashlib.file_digest(file, partial(hashlib.md5, usedforsecurity=False)).hexdigest() != md5

    def renewal(self, *damaged: Path) -> str:
        """DVC takes what it once hashed for whole, so the file goes too."""
        return f"delete {' and '.join(map(short, damaged))}, then `dvc pull {short(self.pointer)}`"


def outputs(files: Sequence[Path]) -> dict[Path, Output]:
    """For each file that DVC keeps, alone or in a folder, what names it.

    Raises DataError for a .dvc file that is not as DVC writes it.
    """
    named, found = dict[Path, list[Output]](), dict[Path, Output]()
    for file in files:
        path = absolute(file)
        for folder in _folders(path):
            if folder not in named:
                named[folder] = list(_named_in(folder))
            if around := [output for output in named[folder] if output.place in (path, *path.parents)]:
                found[file] = around[0]
    return found


def absolute(path: Path) -> Path:
    """Links are not followed: DVC may have made one where the file is expected."""
    return Path(os.path.normpath(path.absolute()))


def short(path: Path) -> str:
    """As people write it: from the current folder on, if it is in there."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _folders(path: Path) -> list[Path]:
    """Those around the file up to the one that DVC was set up in; none if it was not."""
    parents = list(path.parents)
    roots = [number for number, folder in enumerate(parents) if (folder / ".dvc").is_dir()]
    return parents[: roots[0] + 1] if roots else []


def _named_in(folder: Path) -> Iterator[Output]:
    for pointer in sorted(each for each in folder.glob("*.dvc") if each.is_file()):
        try:
            content = yaml.safe_load(pointer.read_text(encoding="utf-8"))
            places = [(folder / content.get("wdir", "") / out["path"], out) for out in content["outs"]]
        except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError):
            raise DataError(f"{pointer} is not as DVC writes it; make it again with `dvc add`") from None
        for place, out in places:
            md5 = out.get("md5") if out.get("hash") == "md5" else None
            yield Output(pointer, absolute(place), md5, _cache(folder))


def _cache(folder: Path) -> Path:
    """As `dvc cache dir` prints it: the most local of DVC's files that names a folder decides."""
    root = next(each for each in (folder, *folder.parents) if (each / ".dvc").is_dir())
    for file in (*(root / name for name in _CONFIGURED), _OF_THE_USER.expanduser(), _OF_ALL):
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, ValueError) as error:
            raise DataError(f"{file} is not as DVC writes it: {error}") from None
        if place := parser.get("cache", "dir", fallback=""):
            return absolute(file.parent / Path(place).expanduser())
    return root / ".dvc" / "cache"


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
