"""By files: each part has its own."""

from collections.abc import Mapping

import numpy as np

from src.data.rows import Rows
from src.data.splits.kind import Index, Kind, Stream
from src.errors import DataError


def of_files(rows: Rows, counts: Mapping[str, int], learning: Kind, share: float, stream: Stream) -> list[Index]:
    """Train, validation and test. `counts`: rows of the table that each part's files have, in their order.

    Without validation files, that part is `share` of the train rows, cut as `learning` does. Raises DataError for a
    part without rows.
    """
    ends = np.cumsum([*counts.values()])
    part = np.searchsorted(ends, rows.numbers.to_numpy(), side="left")
    pieces: dict[str, Index] = {name: np.flatnonzero(part == number) for number, name in enumerate(counts)}
    if empty := [name for name, piece in pieces.items() if not len(piece)]:
        raise DataError(f"dataset.path: the files for {' and '.join(empty)} have no row that is left to use")
    if "validation" not in pieces:
        pieces["train"], pieces["validation"] = learning.cut(pieces["train"], (1 - share, share), stream)
    return [pieces["train"], pieces["validation"], pieces["test"]]
