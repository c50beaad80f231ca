"""A large network layer by layer: a block for each, with the spread of its numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from src.data.names import shortened
from src.tracing.drawing import Drawing, lines, text

_WIDTH, _HEIGHT, _GAP, _EDGE = 420, 74, 14, 10  # pixels: of a block, between two, around its text
_BINS, _BIN, _TALL = 21, 5, 56  # bars of a histogram, their distance and greatest height in pixels
_MOST = 20
_LONGEST = 46  # letters in a line


@dataclass(frozen=True)
class Block:
    """`name` on top, `lines` below; `numbers` of any shape, whose histogram stands beside them."""

    name: str
    lines: Sequence[str]
    numbers: Tensor


def draw(blocks: Sequence[Block], kind: str) -> Drawing:
    """From top to bottom, of many the first and the last. `kind`: class of the colours."""
    shown: list[Block | str] = [*blocks]
    if len(blocks) > _MOST:
        shown = [*blocks[: _MOST // 2], f"{len(blocks) - _MOST} more", *blocks[-_MOST // 2 :]]
    parts, y = [], 1
    for number, block in enumerate(shown):
        if number:
            parts.append(f'<path d="M{_WIDTH // 2} {y - _GAP}v{_GAP}" class="line rim"/>')
        parts.append(text(_WIDTH / 2, y + 12, block) if isinstance(block, str) else "".join(_block(block, y)))
        y += (18 if isinstance(block, str) else _HEIGHT) + _GAP
    return Drawing(f'<g class="{kind}">{"".join(parts)}</g>', _WIDTH + 2, y - _GAP + 1)


def _block(block: Block, y: int) -> Iterator[str]:
    yield f'<rect x="1" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="6" class="rim"/>'
    yield text(_EDGE, y + 17, shortened(block.name, _LONGEST), "start", bold=True)
    for row, line in enumerate(block.lines):
        yield text(_EDGE, y + 33 + 14 * row, shortened(line, _LONGEST), "start", "faint")
    yield from _histogram(block.numbers.flatten(), _WIDTH - _BINS * _BIN - _EDGE, y + _HEIGHT - 8)


def _histogram(numbers: Tensor, x: int, y: int) -> Iterator[str]:
    """From minus the largest size to plus it, negative ones in another colour."""
    end = float(numbers.abs().max()) if numbers.numel() else 0.0
    if end == 0:
        return
    counts = torch.histc(numbers.float(), _BINS, -end, end)
    heights = (counts / counts.max() * _TALL).ceil().int().tolist()
    bars = [(x + _BIN * i, y, x + _BIN * i, y - height) for i, height in enumerate(heights) if height]
    middle = x + _BIN * (_BINS // 2)
    yield lines([bar for bar in bars if bar[0] < middle], "minus", _BIN - 1, 0.8)
    yield lines([bar for bar in bars if bar[0] >= middle], "plus", _BIN - 1, 0.8)
