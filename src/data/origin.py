"""Which data it was: the digest of the file's bytes, and the hash under which DVC keeps it."""

import hashlib
from pathlib import Path

import yaml

from src.errors import DataError


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def dvc_hash(path: Path, root: Path) -> str | None:
    """md5 of the output of `root`/data.dvc that is this file or the folder around it (then it ends in .dir), if any.

    Raises DataError for a data.dvc that is not as DVC writes it.
    """
    pointer = root / "data.dvc"
    if not pointer.is_file():
        return None
    try:
        outputs = {(root / out["path"]).resolve(): out["md5"] for out in yaml.safe_load(pointer.read_text())["outs"]}
    except (yaml.YAMLError, KeyError, TypeError, ValueError):
        raise DataError(f"{pointer} is not as DVC writes it; make it again with `dvc add data`") from None
    file = path.resolve()
    return next((md5 for place, md5 in outputs.items() if place == file or place in file.parents), None)
