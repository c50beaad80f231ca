"""Texts that stand for a missing cell, as `dataset.missing.markers` gives them."""

from collections.abc import Mapping, Sequence

Markers = Sequence[str] | Mapping[str, Sequence[str]]
"""Texts that mean missing: in every column, or by column, "*" standing for every other one."""

EVERY_OTHER = "*"


def markers_of(markers: Markers, name: str) -> Sequence[str]:
    """Those that hold for the column `name`."""
    return markers.get(name, markers.get(EVERY_OTHER, [])) if isinstance(markers, Mapping) else markers
