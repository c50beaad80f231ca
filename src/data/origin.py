"""Which data it was: the digest of the files' bytes, the hash under which DVC keeps them, and whether they are that."""

import hashlib
from collections.abc import Collection, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from src.config.dataset import Dataset
from src.config.path import each
from src.data.deviations import Comparison
from src.data.files import check
from src.data.versioned import outputs
from src.errors import DataError

_BLOCK = 1 << 20
_QUICK = 16 << 20  # bytes that are read in no time
_SHOWN = 3  # deviations in a message


class Digests(NamedTuple):
    """`sha256` of the bytes of all files, in order; `md5` of each file that DVC keeps, None of the others."""

    sha256: str
    md5: list[str | None]

    def suffice(self, files: Sequence[Path]) -> bool:
        """Whether MD5 is there of each file that DVC keeps by now."""
        kept = outputs(files)
        return all(md5 or file not in kept for file, md5 in zip(files, self.md5, strict=True))


@dataclass(frozen=True)
class Origin:
    """`dvc`: MD5 under which DVC keeps the files, or the folder around them (it ends in .dir).

    `dvc_state` tells whether they are that: `same`; `changed: ...`, where `dataset.changed` allows it; `new: ...`, in a
    folder that DVC keeps, and not added; `unknown: ...`; None where DVC keeps none of them.
    """

    sha256: str
    dvc: str | None
    dvc_state: str | None

    @classmethod
    def of(cls, dataset: Dataset, files: Sequence[Path], root: Path, known: Digests | None = None) -> "Origin":
        """Reads the files but where their digests are `known`.

        Raises DataError if they are not what DVC keeps, unless `dataset.changed` allows that.
        """
        found = digests(files) if known is None else known
        state = _state(dataset, files, root, found.md5)
        kept = dict.fromkeys(output.md5 for output in outputs(files).values())
        is_kept = None not in kept and None not in found.md5 and (state or "").startswith(("same", "unknown"))
        return cls(found.sha256, ", ".join(map(str, kept)) if is_kept else None, state)


def digests(files: Sequence[Path]) -> Digests:
    """Reads each file once; of a query's rows it is the Parquet file that holds them (src/data/sql)."""
    return _digests(files, outputs(files))


def sha256(files: Sequence[Path]) -> str:
    return _digests(files, ()).sha256


def _digests(files: Sequence[Path], with_md5: Collection[Path]) -> Digests:
    whole, single = hashlib.sha256(), list[str | None]()
    for path in files:
        own = hashlib.md5(usedforsecurity=False) if path in with_md5 else None
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                whole.update(block)
                if own:
                    own.update(block)
        single.append(own.hexdigest() if own else None)
    return Digests(whole.hexdigest(), single)


def refuse_changed(dataset: Dataset, files: Sequence[Path], root: Path) -> None:
    """What shows at once: a file that is missing or, where the files are large, has another size than DVC's copy.

    Raises DataError as `Origin.of` does, MachineError for a file that cannot be read.
    """
    for path in files:
        check(path)
    is_quick = sum(path.stat().st_size for path in files) < _QUICK
    _state(dataset, files, root, digests(files).md5 if is_quick else [None] * len(files))


def _state(dataset: Dataset, files: Sequence[Path], root: Path, md5: Sequence[str | None]) -> str | None:
    compared = Comparison.of(files)
    if not compared.files:
        return None
    hashed = {file: digest for file, digest in zip(files, md5, strict=True) if digest}
    found = list(compared.deviations(each(dataset.path), root, hashed))
    if found and dataset.changed == "refuse":
        lines = [f"{deviation.what}: {deviation.remedy()}" for deviation in found[:_SHOWN]]
        told = "\n".join([*lines, *_more(found)])
        raise DataError(f"{told}.\nOr take the data as they are: dataset.changed=allow, which the run records")
    if found:
        return f"changed: {'; '.join([*(deviation.what for deviation in found[:_SHOWN]), *_more(found)])}"
    if new := compared.new:
        return f"new: {', '.join([*map(str, new[:_SHOWN]), *_more(new)])} not added to DVC"
    return "same" if compared.is_complete else "unknown: DVC's cache does not tell what the files should be"


def _more(found: Sized) -> list[str]:
    return [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
