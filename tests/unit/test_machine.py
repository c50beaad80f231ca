"""Where and with what a run is made."""

import re
from importlib.metadata import distributions

from src import machine


def test_each_package_stands_in_the_environment_with_its_version() -> None:
    found = dict(line.split("==") for line in machine.packages().splitlines())
    wanted = {re.sub(r"[-_.]+", "_", each.name).lower(): each.version for each in distributions()}
    same = {re.sub(r"[-_.]+", "_", name).lower(): version for name, version in found.items()}
    assert wanted.items() >= same.items()
    assert {"torch", "polars", "hydra_core", "pytorch_lightning", "mlflow", "dvc"} <= same.keys()
