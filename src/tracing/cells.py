"""The cells of a row: as they were given, and as the network sees them."""

from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from src.data.encoders.categorical import MISSING, UNSEEN
from src.data.features import Features
from src.models.network import Network
from src.tracing.numbers import shown

_SAID = {UNSEEN: "never seen", MISSING: "missing"}


@dataclass(frozen=True)
class Cell:
    """`raw`: as it was given, or calculated; `seen`: the number that the network works on, or the category."""

    name: str
    raw: str
    seen: str


def cells_of(features: Features, frame: pl.DataFrame, x_num: Tensor, x_cat: Tensor, network: Network) -> list[Cell]:
    """`frame`: the row; x_num [1, d_num] and x_cat [1, d_cat] what `features` made of it."""
    with torch.no_grad():
        scaled = network.numeric(x_num)[0].tolist()
    found = []
    for j, (name, number) in enumerate(zip(features.input.numeric, x_num[0].tolist(), strict=True)):
        missing = number != number
        filled = f"missing, taken as {network.numeric.impute[j].item():g}"
        found.append(Cell(name, filled if missing else _given(frame, name, f"{number:g}"), shown(scaled[j])))
    for name, code in zip(features.input.categorical, x_cat[0].tolist(), strict=True):
        found.append(Cell(name, _given(frame, name, "missing"), _SAID.get(code, f"category {code - len(_SAID) + 1}")))
    return found


def _given(frame: pl.DataFrame, name: str, otherwise: str) -> str:
    cell = frame[name][0] if name in frame.columns else None
    return otherwise if cell is None else str(cell)
