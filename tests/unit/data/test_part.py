"""A part of the prepared rows is a file of safetensors, written column by column and mapped back."""

import io
import mmap
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save
from torch import Tensor

from src.data.part import DATA_BEGINS, Part, PartWriter, checksum, read_part
from src.data.spread import Stored


def made_up(rows: int, d_num: int = 3, d_cat: int = 2, targets: int = 0, weighted: bool = False) -> Part:
    """`targets`: 0 for y int64 [n], else float64 [n, targets]."""
    generator = torch.Generator().manual_seed(rows)
    x_num = torch.randn(d_num, rows, generator=generator)
    x_num[:1, :1] = torch.nan
    y = torch.randn(rows, targets, generator=generator).double() if targets else torch.arange(rows) % 3
    x_cat = torch.randint(0, 9, (d_cat, rows), generator=generator, dtype=torch.int32)
    weight = torch.rand(rows, generator=generator) if weighted else torch.empty(0)
    return Part(x_num.T, x_cat.T, y, torch.arange(rows) + 1, weight)


def content_of(part: Part, folder: Path) -> bytes:
    part.write(folder / "part.safetensors")
    return (folder / "part.safetensors").read_bytes()


def assert_same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert found.keys() == expected.keys()
    for key, tensor in expected.items():
        torch.testing.assert_close(found[key], tensor, rtol=0, atol=0, equal_nan=True)


PARTS = {
    "classes": made_up(7),
    "one row": made_up(1),
    "no categories": made_up(7, d_cat=0),
    "no numbers": made_up(7, d_num=0),
    "several targets": made_up(7, targets=2),
    "weights": made_up(7, weighted=True),
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_what_is_written_is_read(part: Part, tmp_path: Path) -> None:
    assert_same(read_part(bytearray(content_of(part, tmp_path))).tensors, part.tensors)


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_safetensors_itself_reads_the_file(part: Part, tmp_path: Path) -> None:
    found = load(content_of(part, tmp_path))
    by_columns = {"x_num": part.x_num.T.contiguous(), "x_cat": part.x_cat.T.contiguous()}
    assert_same(dict(sorted(found.items())), dict(sorted((part.tensors | by_columns).items())))
    assert load(save(found)).keys() == found.keys()


def test_the_same_rows_are_the_same_bytes(tmp_path: Path) -> None:
    assert content_of(made_up(50), tmp_path) == content_of(made_up(50), tmp_path)
    assert content_of(made_up(50), tmp_path) != content_of(made_up(51), tmp_path)


@settings(deadline=None)
@given(rows=st.integers(1, 40), d_num=st.integers(0, 5), d_cat=st.integers(0, 5), targets=st.integers(0, 3))
def test_the_checksum_while_writing_is_that_of_the_file(rows: int, d_num: int, d_cat: int, targets: int) -> None:
    file, part = io.BytesIO(), made_up(rows, d_num, d_cat, targets)
    with PartWriter(file, Stored(np.arange(rows))) as writer:
        for key in ("y", "weight", "row"):
            writer.add(key, part.tensors[key].numpy())
        for key in ("x_num", "x_cat"):
            for column in part.tensors[key].T:
                writer.add_column(key, column.numpy())
        written = writer.close()
    content = file.getvalue()
    assert written == checksum(io.BytesIO(content))
    assert written == zlib.crc32(content[DATA_BEGINS:] + content[:DATA_BEGINS])
    assert_same(read_part(bytearray(content)).tensors, part.tensors)


def test_codes_of_64_bits_are_kept_in_32() -> None:
    file = io.BytesIO()
    with PartWriter(file, Stored(np.arange(2))) as writer:
        for key, values in (("y", np.zeros(2)), ("weight", np.empty(0, np.float32)), ("row", np.arange(2))):
            writer.add(key, values)
        writer.add_column("x_cat", np.array([3, 2**31 - 1]))
        writer.close()
    part = read_part(bytearray(file.getvalue()))
    assert part.x_cat.dtype == torch.int32
    assert part.x_cat.tolist() == [[3], [2**31 - 1]]
    assert part.x_num.shape == (2, 0)


def test_a_column_is_one_stretch_of_the_memory(tmp_path: Path) -> None:
    part = read_part(bytearray(content_of(made_up(9), tmp_path)))
    assert all(column.is_contiguous() for key in ("x_num", "x_cat") for column in part.tensors[key].T)


def test_a_mapped_part_reads_the_file_again_after_it_gave_the_memory_back(tmp_path: Path) -> None:
    expected = made_up(5000)
    content_of(expected, tmp_path)
    with (tmp_path / "part.safetensors").open("rb") as file:
        part = read_part(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    for _ in range(2):
        assert_same(part.tensors, expected.tensors)
        part.release()


@pytest.mark.parametrize("rows", [3, 300])
def test_a_file_that_is_cut_off_anywhere_is_no_part(rows: int, tmp_path: Path) -> None:
    content = content_of(made_up(rows), tmp_path)
    for length in {0, 4, 8, 100, DATA_BEGINS, DATA_BEGINS + 1, len(content) // 2, len(content) - 4, len(content) - 1}:
        with pytest.raises((ValueError, KeyError, TypeError)):
            read_part(bytearray(content[:length]))


def test_a_shape_that_is_not_as_long_as_its_data_is_no_part(tmp_path: Path) -> None:
    content = content_of(made_up(7), tmp_path)
    with pytest.raises(ValueError, match="cut off"):
        read_part(bytearray(content.replace(b'"shape": [3, 7]', b'"shape": [3, 6]')))


def test_encoded_bytes_are_those_of_the_tensors_of_the_learner() -> None:
    part = made_up(10, d_num=3, d_cat=2)
    assert part.encoded_bytes == 10 * (3 * 4 + 2 * 8 + 8 + 4)
