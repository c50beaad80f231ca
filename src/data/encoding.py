"""Text files of several encodings as UTF-8 bytes."""

import codecs

from src.data.records import line_at
from src.errors import DataError

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def as_utf8(content: bytes, encoding: str) -> bytes:
    """The text without its byte order mark, which says more than `encoding`.

    Raises DataError, with the line, for bytes that the encoding does not have, and for what another one fits better.
    """
    if content.startswith(_UTF16) and not content.startswith(codecs.BOM_UTF32_LE):
        return _decoded(content, "utf-16").encode()
    if content.startswith(codecs.BOM_UTF8):
        encoding, content = "utf-8", content.removeprefix(codecs.BOM_UTF8)
    if encoding == "utf-16":
        return _decoded(content, "utf-16-le").encode()
    if b"\0" in content:
        raise DataError(
            f"line {line_at(content, content.index(0))} holds a NUL byte, which no text has; the file is damaged or of "
            "another kind (if it is UTF-16, set dataset.csv.encoding: utf-16)"
        )
    if content.isascii():
        return content
    if encoding == "utf-8":
        _decoded(content, encoding)
        return content
    _check_single_byte(content, encoding)
    return _decoded(content, encoding).encode()


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line, byte = line_at(content, error.start), content[error.start]
        raise DataError(
            f"line {line} is not {encoding.upper()} (byte 0x{byte:02x} at position {error.start}); {_remedy(encoding)}"
        ) from None


def _remedy(encoding: str) -> str:
    if encoding == "utf-8":
        return (
            "if the whole file is written so, set dataset.csv.encoding (latin-1 | cp1252 | utf-16), "
            "else repair the line and save the file as UTF-8"
        )
    return "set dataset.csv.encoding to what the file is written in, or save it as UTF-8"


def _check_single_byte(content: bytes, encoding: str) -> None:
    """Latin-1 takes any byte, so that a wrong choice would pass in silence."""
    try:
        content.decode()
    except UnicodeDecodeError:
        pass
    else:
        raise DataError(f"dataset.csv.encoding is {encoding}, and the file is UTF-8; set dataset.csv.encoding: utf-8")
    if encoding == "latin-1" and (control := next((byte for byte in range(0x80, 0xA0) if byte in content), None)):
        at = content.index(control)
        raise DataError(
            f"line {line_at(content, at)} holds the byte 0x{control:02x}, which is no letter in latin-1; "
            "set dataset.csv.encoding: cp1252, or repair the line"
        )
