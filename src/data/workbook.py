"""What the XML of an Excel workbook says and readers of its cells leave out: sheets, merged cells, missing results."""

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from src.data.names import absent, listed
from src.errors import DataError

_BROKEN = "not a whole Excel workbook (.xlsx), save it again"
_HIDDEN = ("hidden", "veryHidden")
_MERGED = re.compile(rb'<mergeCell\s[^>]*ref="(\w+:\w+)"')
_FORMULA_ALONE = re.compile(  # but of a text (t="str"), which may be empty
    rb'<c\s(?![^>]*t="str")(?:[^>]*\s)?r="(\w+)"[^>]*>'
    rb"\s*<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>"
)


@dataclass(frozen=True)
class Workbook:
    """`sheets`: name to file in the archive; `hidden`: names of those that Excel does not show."""

    path: Path
    sheets: dict[str, str]
    hidden: frozenset[str]

    @classmethod
    def of(cls, path: Path) -> "Workbook":
        """Raises DataError for a file that is no workbook."""
        relations, workbook = _contents(path, "xl/_rels/workbook.xml.rels", "xl/workbook.xml")
        try:
            targets = {each.get("Id"): each.get("Target", "") for each in ElementTree.fromstring(relations)}
            sheets = ElementTree.fromstring(workbook).findall(".//{*}sheet")
        except (ElementTree.ParseError, LookupError) as error:  # also an encoding that there is not
            raise DataError(f"{_BROKEN}: {error}") from None
        files = {each.get("name", ""): _inside(targets.get(_relation(each), "")) for each in sheets}
        tables = {name: file for name, file in files.items() if "worksheets/" in file}  # the others are charts
        return cls(path, tables, frozenset(each.get("name", "") for each in sheets if each.get("state") in _HIDDEN))

    def chosen(self, name: str | None) -> str:
        """The sheet of that name; for None the only one that can be seen. Raises DataError if that says nothing."""
        if name is not None:
            if sentence := absent([name], [*self.sheets]):
                raise DataError(f"dataset.sheet: {sentence.replace('no column', 'no sheet')}")
            return name
        seen = [each for each in self.sheets if each not in self.hidden]
        if len(seen) != 1:
            raise DataError(f"the workbook has {len(seen)} sheets; choose one with dataset.sheet: {listed(seen)}")
        return seen[0]

    def check(self, sheet: str) -> None:
        """Raises DataError for cells that would be read as empty: those of merged ones, formulas without a result."""
        [content] = _contents(self.path, self.sheets[sheet])
        if merged := [each.decode() for each in _MERGED.findall(content)]:
            raise DataError(
                f"sheet {sheet!r}: the cells {listed(merged, shown=3)} are merged, so that all but the first are "
                "empty; unmerge them and fill each, or delete the rows if they are a title"
            )
        if alone := [each.decode() for each in _FORMULA_ALONE.findall(content)]:
            raise DataError(
                f"sheet {sheet!r}: {listed(alone, shown=3)} {'hold formulas' if len(alone) > 1 else 'holds a formula'} "
                "without a result; open the workbook in Excel and save it, which calculates them"
            )


def _contents(path: Path, *names: str) -> list[bytes]:
    """Files of the archive. Raises DataError."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [archive.read(name) for name in names]
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, zlib.error, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{_BROKEN}: {error}") from None


def _relation(sheet: ElementTree.Element) -> str:
    """Its attribute `id`, in whichever of the two dialects' namespaces."""
    return next((value for name, value in sheet.items() if name.endswith("}id")), "")


def _inside(target: str) -> str:
    """Targets are relative to xl/, or absolute in the archive."""
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
