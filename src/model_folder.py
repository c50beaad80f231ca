"""What `model=` on the command line may name, and where its bundle is."""

import re
from pathlib import Path

from src.bundle_archive import unpacked
from src.errors import ConfigError
from src.machine import ROOT

CACHE = Path(".cache") / "bundles"
"""Below the checkout: exported bundles that were unpacked."""


def bundle_folder(model: str) -> Path:
    """`model`: a run folder, a bundle folder, an exported bundle (FILE.zip, which is unpacked into .cache), an MLflow
    run id or models:/name@alias. Raises ConfigError for others, MachineError for a damaged file."""
    folder = Path(model)
    if folder.suffix.lower() == ".zip" and folder.is_file():
        return unpacked(folder, ROOT / CACHE)
    for candidate in (folder / "bundle", folder):
        if (candidate / "bundle.json").is_file():
            return candidate
    if model.startswith("models:/") or re.fullmatch("[0-9a-f]{32}", model):
        from src.tracking.bundle_of import bundle_of  # costs the import of MLflow

        return bundle_of(model)
    if folder.is_dir():
        raise ConfigError(
            f"model={model}: the folder holds no bundle; required: a run that is finished (or its folder bundle)"
        )
    raise ConfigError(
        f"model={model}: no such folder; required: a run folder, an exported bundle (FILE.zip), an MLflow "
        "run id (32 hex digits) or models:/name@alias"
    )
