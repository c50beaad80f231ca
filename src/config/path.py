"""Key `dataset.path`: files, addresses, a database, or files for each part."""

from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from pydantic import Field

from src.config.section import Section

Text = Annotated[str, Field(min_length=1)]
Paths = Text | Annotated[list[Text], Field(min_length=1)]

_DATABASES = ("sqlite://", "postgresql://", "postgres://")


class Files(Section):
    """Files for each part, in place of a split of the rows. Each may be a path, a glob, a folder or a list of these."""

    train: Paths
    validation: Paths | None = None
    """null: rows of the train files, validation : train as under `dataset.split`, stratified by the target."""
    test: Paths

    @property
    def parts(self) -> dict[str, Paths]:
        """Those that there are, in the order train, validation, test."""
        named = {"train": self.train, "validation": self.validation, "test": self.test}
        return {part: paths for part, paths in named.items() if paths is not None}


def each(path: Paths | Files) -> list[str]:
    """Every single path that is named, in order."""
    match path:
        case str():
            return [path]
        case Files():
            return [name for paths in path.parts.values() for name in each(paths)]
    return path


def as_text(path: Paths | Files) -> str:
    return ", ".join(each(path))


def is_database(path: str) -> bool:
    return path.startswith(_DATABASES)


def check(path: Paths | Files, query: str | None) -> None:
    """Raises ValueError for a password, and where there is a database without a query or the reverse."""
    paths = each(path)
    if any(map(_holds_password, paths)):
        raise ValueError(
            "path: holds a password, which would be written into each run folder; leave it out: PGPASSWORD or "
            "~/.pgpass gives it to PostgreSQL, ~/.netrc to http(s)://, AWS_SECRET_ACCESS_KEY or ~/.aws to s3://"
        )
    if not any(map(is_database, paths)):
        if query is not None:
            raise ValueError(f"query: is for a database, sqlite:///FILE or postgresql://...; path is {paths[0]}")
    elif not isinstance(path, str):
        raise ValueError("path: a database cannot stand in a list or section; combine tables in dataset.query")
    elif query is None:
        raise ValueError("query: is required for a database, for instance: select * from visits where age > 17")


def _holds_password(path: str) -> bool:
    if "://" not in path:
        return False
    parts = urlsplit(path)
    return ":" in parts.netloc.rpartition("@")[0] or "password" in parse_qs(parts.query)
