"""The units that a network learns numbers in, fitted on the targets of the train rows."""

from typing import Any

from src.data.median import Numbers
from src.data.scaling import center_scale, quantiles, signed_log


def fit_units(y: Numbers, transform: str) -> dict[str, Any]:
    """The fields center, scale, log and quantiles of `OutputSpec` for `y` [n, k]; `transform` as in the YAML."""
    if transform == "none":
        return {}
    if transform == "quantile":
        return {"quantiles": tuple(quantiles(values, len(y)) for values in y.T)}
    log = transform == "log"
    fitted = [center_scale([signed_log(v) if log else v], "standard") for v in y.T]
    return {"center": tuple(each for each, _ in fitted), "scale": tuple(each for _, each in fitted), "log": log}
