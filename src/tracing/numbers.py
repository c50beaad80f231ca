"""Numbers in as few characters as one wants to read."""

from collections.abc import Sequence

_TINY, _LARGE = 0.01, 99_999.5


def shown(value: float) -> str:
    """Two decimals; very small and very large ones with a power of ten."""
    if value == 0:
        return "0"
    return f"{value:.2f}" if _TINY <= abs(value) < _LARGE else f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e")


def probable(probability: float) -> str:
    """As many digits as `src.predict` prints."""
    return f"{probability:.6f}"


def product(weight: float, value: float) -> str:
    """`0.52·1.31`, `-0.52·(-1.31)`"""
    return f"{shown(weight)}·{bracketed(value)}"


def bracketed(value: float) -> str:
    return f"({shown(value)})" if value < 0 else shown(value)


def added(terms: Sequence[str]) -> str:
    """`a + b - c` of `a`, `b` and `-c`."""
    rest = (f"- {term[1:]}" if term.startswith("-") else f"+ {term}" for term in terms[1:])
    return " ".join([*terms[:1], *rest])
