"""Files that are not what their name says, known by how they begin."""

_GZIP, _PARQUET, _ARROW, _ZIP, _SQLITE = b"\x1f\x8b", b"PAR1", b"ARROW1", b"PK\x03\x04", b"SQLite format 3\0"

_POINTER = b"version https://git-lfs.github.com/spec/"

_KINDS: dict[bytes, tuple[str, str]] = {
    _POINTER: ("a Git LFS pointer, not the data", "fetch the data with `git lfs pull`"),
    _PARQUET: ("a Parquet file", "set dataset.format: parquet, or name it .parquet"),
    _ARROW: ("an Arrow file", "set dataset.format: arrow, or name it .arrow"),
    _GZIP: ("compressed with gzip", "name it .csv.gz, .tsv.gz or .jsonl.gz"),
    _ZIP: ("a ZIP archive or an Excel workbook", "unpack it, or name the workbook .xlsx"),
    _SQLITE: ("an SQLite database", "set dataset.path: sqlite:///FILE and dataset.query"),
    b"\x89PNG": ("a picture", "name a table"),
    b"%PDF": ("a PDF document", "name a table"),
}


def impostor(content: bytes) -> str:
    """A sentence on what the file is in place of the text or table that its name promises; "" if nothing is known."""
    for begin, (what, remedy) in _KINDS.items():
        if content.startswith(begin):
            return f"the file is {what}; {remedy}"
    return ""


def markup(text: bytes) -> str:
    """The same for a web page or XML, whatever the file should be."""
    begin = text[:200].lstrip().lower()
    if not begin.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return ""
    kind = "an XML document" if begin.startswith(b"<?xml") else "a web page, perhaps the error of a download"
    return f"line 1: the file is {kind}; fetch the table itself"


def no_table(text: bytes) -> str:
    """The same for UTF-8 text that is no table."""
    if sentence := markup(text):
        return sentence
    begin = text[:200].lstrip().lower()
    if begin.startswith((b'{"', b"{'", b"[{", b"[[", b"{\n", b"[\n", b"{\r", b"{ ")):
        return "line 1: the file is JSON; write one object per line and set dataset.format: jsonl"
    return ""
