"""One part of the prepared rows: tensors, and the file that they are written to column by column and mapped from.

The file is in the format of safetensors: the length of the header, the header (JSON), the tensors. Here the header is
written last, into room that was kept for it, so that no column has to wait in memory for the others.
"""

import io
import json
import mmap
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from src.data.spread import Stored

DATA_BEGINS = 1024
"""Bytes for the header and its length."""

_BLOCK = 1 << 20
_DTYPES = {"F32": np.float32, "F64": np.float64, "I32": np.int32, "I64": np.int64}
_OF_COLUMNS = {"x_num": np.dtype(np.float32), "x_cat": np.dtype(np.int32)}
_NAMES = {np.dtype(dtype): name for name, dtype in _DTYPES.items()}


@dataclass(frozen=True)
class Part:
    """Rows of one part.

    x_num float32 [n, d_num], NaN where missing, in raw units, and x_cat int32 [n, d_cat], both lying column by column
    in memory; y int64 [n] class index, float64 [n] value in the target's units, or [n, k] for k targets; row int64 [n],
    1-based number of the data row in the file; weight float32 [n], or [0] if rows have none.
    """

    x_num: Tensor
    x_cat: Tensor
    y: Tensor
    row: Tensor
    weight: Tensor = field(default_factory=lambda: torch.empty(0))
    mapped: mmap.mmap | None = field(default=None, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.row)

    @property
    def tensors(self) -> dict[str, Tensor]:
        return {"x_num": self.x_num, "x_cat": self.x_cat, "y": self.y, "row": self.row, "weight": self.weight}

    @property
    def encoded_bytes(self) -> int:
        """About what the rows take as the learner holds them."""
        return len(self) * (4 * self.x_num.shape[1] + 8 * self.x_cat.shape[1] + 12)

    def release(self) -> None:
        """Gives memory back that holds what was read of the file; the tensors read it again when they are used."""
        if self.mapped is not None:
            self.mapped.madvise(mmap.MADV_DONTNEED)

    def write(self, path: Path) -> int:
        """The same bytes for the same tensors; returns their checksum."""
        with PartWriter(path.open("wb"), Stored(np.arange(len(self)))) as writer:
            for key in ("y", "weight", "row"):
                writer.add(key, self.tensors[key].numpy())
            for key in ("x_num", "x_cat"):
                for column in self.tensors[key].T:
                    writer.add_column(key, column.numpy())
            return writer.close()


class PartWriter:
    """Tensors are added whole (`add`), then columns of x_num, then of x_cat; `close` ends the file. `rows`: those
    of the tensors and columns that are written."""

    def __init__(self, file: BinaryIO, rows: Stored) -> None:
        self.file, self.rows, self.checksum = file, rows, 0
        self.header: dict[str, dict[str, Any]] = {}
        self.end = 0
        file.write(bytes(DATA_BEGINS))

    def __enter__(self) -> "PartWriter":
        return self

    def __exit__(self, *_: object) -> None:
        if not isinstance(self.file, io.BytesIO):
            self.file.close()

    def add(self, key: str, values: NDArray[Any]) -> None:
        """[n, ...] of all rows; or [0], of which nothing is written."""
        self._describe(key, values.dtype, [len(self.rows) if len(values) else 0, *values.shape[1:]])
        if len(values):
            self._append(key, values)

    def add_column(self, key: str, values: NDArray[Any]) -> None:
        """[n] of all rows, of x_num (becomes float32) or x_cat (becomes int32)."""
        if key not in self.header:
            self._describe_columns(key)
        self.header[key]["shape"][0] += 1
        self._append(key, values)

    def close(self) -> int:
        """CRC-32 of the tensors and the header, which tells damage in two fifths of the time that SHA-256 takes."""
        for key in _OF_COLUMNS:
            if key not in self.header:
                self._describe_columns(key)
        text = json.dumps(self.header).encode().ljust(DATA_BEGINS - 8)
        assert len(text) == DATA_BEGINS - 8, "the header has a few short entries"
        header = (DATA_BEGINS - 8).to_bytes(8, "little") + text
        self.file.seek(0)
        self.file.write(header)
        self.file.flush()
        return zlib.crc32(header, self.checksum)

    def _describe_columns(self, key: str) -> None:
        self._describe(key, _OF_COLUMNS[key], [0, len(self.rows)])

    def _describe(self, key: str, dtype: np.dtype[Any], shape: list[int]) -> None:
        self.header[key] = {"dtype": _NAMES[dtype], "shape": shape, "data_offsets": [self.end, self.end]}

    def _append(self, key: str, values: NDArray[Any]) -> None:
        dtype = _OF_COLUMNS.get(key, values.dtype)
        for stretch in self.rows.of(values):
            data = stretch.astype(dtype, copy=False).reshape(-1).view(np.uint8).data
            self.file.write(data)
            self.checksum = zlib.crc32(data, self.checksum)
            self.end += len(data)
        self.header[key]["data_offsets"][1] = self.end


def read_part(content: mmap.mmap | bytearray | memoryview) -> Part:
    """The tensors, which share the memory of `content`. Raises ValueError, KeyError or TypeError if it is damaged."""
    header = json.loads(bytes(content[8 : 8 + int.from_bytes(content[:8], "little")]))
    tensors = {key: _tensor(content, **described) for key, described in header.items()}
    mapped = content if isinstance(content, mmap.mmap) else None
    return Part(tensors["x_num"].T, tensors["x_cat"].T, tensors["y"], tensors["row"], tensors["weight"], mapped)


def checksum(file: BinaryIO) -> int:
    """Of a whole file, as `PartWriter.close` gives it."""
    header, found = file.read(DATA_BEGINS), 0
    while block := file.read(_BLOCK):
        found = zlib.crc32(block, found)
    return zlib.crc32(header, found)


def _tensor(content: Any, dtype: str, shape: Sequence[int], data_offsets: Sequence[int]) -> Tensor:
    begin, end = data_offsets
    values = np.frombuffer(content, _DTYPES[dtype], int(np.prod(shape)), DATA_BEGINS + begin)
    if values.nbytes != end - begin:
        raise ValueError("a tensor is cut off")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")  # nobody writes into prepared data
        return torch.from_numpy(values.reshape(shape))
