"""Files that are not as DVC keeps them, and what can be done about it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from glob import has_magic
from pathlib import Path
from typing import NamedTuple

from src.config.source import format_of
from src.data.versioned import Output, absolute, outputs, short


class Deviation(NamedTuple):
    """What is not as it should be; `remedy` gives the commands that mend it, for which it may have to read a file."""

    what: str
    remedy: Callable[[], str]


@dataclass(frozen=True)
class Comparison:
    """Of files with what DVC keeps. `listed`: the files, by MD5, that each of its outputs should hold, where known."""

    files: Mapping[Path, Output]
    listed: Mapping[Output, Mapping[Path, str] | None]

    @classmethod
    def of(cls, files: Sequence[Path]) -> "Comparison":
        """Raises DataError for a .dvc file, or a list in DVC's cache, that is damaged."""
        kept = outputs(files)
        return cls(kept, {output: output.files() for output in dict.fromkeys(kept.values())})

    @property
    def is_complete(self) -> bool:
        """Whether it is known of each output what it should hold."""
        return None not in self.listed.values()

    @property
    def new(self) -> list[Path]:
        """Files in folders of which DVC keeps none of them: added by the user, and not to DVC."""
        listed = {output for output, files in self.listed.items() if files is not None}
        with_any = {output for file, output in self.files.items() if self._required(file)}
        return [file for file, output in self.files.items() if output in listed - with_any]

    def deviations(self, paths: Sequence[str], root: Path, md5: Mapping[Path, str]) -> Iterator[Deviation]:
        """`paths`: in which the files were found, relative to the current folder or `root`. Files without `md5` are
        compared by their size alone."""
        new = self.new
        for file, output in self.files.items():
            required = self._required(file)
            if required is None and self.listed[output] is not None and file not in new:
                remedy = f"`dvc add {short(output.place)}` adds it"
                yield Deviation(f"{file} is not among the files of {short(output.pointer)}", partial(str, remedy))
            elif required is not None and _differs(file, output.kept(required), required, md5.get(file)):
                what = f"{file} is not what {short(output.pointer)} names"
                yield Deviation(what, partial(_remedy, file, output, required))
        for output in self.listed:
            for gone in self._gone(output, paths, root):
                remedy = f"`dvc pull {short(output.pointer)}` fetches it, `dvc add {short(output.place)}` forgets it"
                yield Deviation(
                    f"{short(gone)}, which {short(output.pointer)} names, is not there", partial(str, remedy)
                )

    def _required(self, file: Path) -> str | None:
        return (self.listed[self.files[file]] or {}).get(absolute(file))

    def _gone(self, output: Output, paths: Sequence[str], root: Path) -> list[Path]:
        """Files that a glob or a folder would give if they were there."""
        places = [absolute(folder / path) for path in paths for folder in (Path.cwd(), root)]
        several = [place for place in places if has_magic(str(place)) or place.is_dir()]
        listed = (self.listed[output] or {}) if several else {}
        return [path for path in listed if any(_is_of(path, place) for place in several) and not path.exists()]


def _is_of(path: Path, place: Path) -> bool:
    return path.match(str(place)) or (path.parent == place and format_of(path.name) is not None)


def _differs(file: Path, kept: Path, required: str, md5: str | None) -> bool:
    if md5 is not None:
        return md5 != required
    return kept.is_file() and kept.stat().st_size != file.stat().st_size


def _remedy(file: Path, output: Output, required: str) -> str:
    if output.is_damaged(required):
        return f"DVC's own copy of it is damaged: {output.renewal(output.kept(required), file)}"
    undo = "checkout" if output.kept(required).is_file() else "pull"
    return f"`dvc add {short(output.place)}` keeps the change, `dvc {undo} --force {short(output.pointer)}` undoes it"
