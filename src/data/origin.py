"""Which data it was: the digest of the files' bytes, and the hash under which DVC keeps them."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import yaml

from src.errors import DataError

_BLOCK = 1 << 20


def sha256(files: Sequence[Path]) -> str:
    """Of the bytes of all files, in order; of a query's rows, of the Parquet file that holds them (src/data/sql)."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def dvc_hash(files: Sequence[Path], root: Path) -> str | None:
    """md5 of the output of `root`/data.dvc that is the file or the folder around all files (it ends in .dir), if any.

    Raises DataError for a data.dvc that is not as DVC writes it.
    """
    pointer = root / "data.dvc"
    if not pointer.is_file():
        return None
    try:
        outputs = {(root / out["path"]).resolve(): out["md5"] for out in yaml.safe_load(pointer.read_text())["outs"]}
    except (yaml.YAMLError, KeyError, TypeError, ValueError):
        raise DataError(f"{pointer} is not as DVC writes it; make it again with `dvc add data`") from None
    around = [{path.resolve(), *path.resolve().parents} for path in files]
    return next((md5 for place, md5 in outputs.items() if all(place in places for places in around)), None)
