"""Files behind s3://bucket/key: AWS, or the store at AWS_ENDPOINT_URL. Credentials come as for every AWS tool."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from glob import has_magic

from pyarrow import NativeFile
from pyarrow.fs import AwsStandardS3RetryStrategy, FileSelector, FileType, S3FileSystem, resolve_s3_region

from src.config.source import format_of
from src.data.remote.transfer import BLOCK, Transfer, Version
from src.errors import DataError, MachineError

_CREDENTIALS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or ~/.aws/credentials, say who asks"
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
_REFUSED = "ACCESS_DENIED|FORBIDDEN|SIGNATURE|CREDENTIAL|INVALID_ACCESS"
_SECONDS, _ATTEMPTS = 10, 3


@contextmanager
def opened(url: str, known: Version | None) -> Iterator[Transfer | None]:
    with _explained(), _store(url).open_input_stream(_path(url)) as stream:
        told = {key: value.decode() for key, value in stream.metadata().items()}
        version = Version(told.get("ETag", ""), told.get("Last-Modified", ""))
        yield None if version == known else Transfer(version, int(told["Content-Length"]), _blocks(stream))


def _blocks(stream: NativeFile) -> Iterator[bytes]:
    with _explained():
        while block := stream.read(BLOCK):
            yield block


def found(url: str) -> list[str]:
    """The addresses that fit a pattern, or the tables of a folder (s3://bucket/folder/), by name. Raises DataError."""
    path = _path(url)
    pattern = path if has_magic(path) else f"{path.rstrip('/')}/*"
    begin = "/".join(re.split(r"[*?[]", pattern)[0].split("/")[:-1])
    if not begin:
        raise DataError("the bucket must be named, without a pattern")
    with _explained():
        files = _store(url).get_file_info(FileSelector(begin, recursive=True))
    names = sorted(each.path for each in files if each.type == FileType.File and _fits(each.path, pattern))
    tables = [name for name in names if has_magic(path) or format_of(name)]
    if not tables:
        raise DataError("no file fits" if has_magic(path) else "no table lies there")
    return [f"s3://{name}" for name in tables]


def _fits(path: str, pattern: str) -> bool:
    """Folder by folder: a star stops at the slash."""
    names, patterns = path.split("/"), pattern.split("/")
    return len(names) == len(patterns) and all(map(fnmatchcase, names, patterns))


def _path(url: str) -> str:
    path = url.removeprefix("s3://")
    if not path.partition("/")[2]:
        raise DataError("must be like s3://bucket/folder/file.csv")
    return path


def _store(url: str) -> S3FileSystem:
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = next((os.environ[name] for name in _REGIONS if os.environ.get(name)), None)
    if endpoint is None and region is None:
        region = resolve_s3_region(_path(url).partition("/")[0])
    return S3FileSystem(
        region=region,
        endpoint_override=endpoint,
        connect_timeout=_SECONDS,
        retry_strategy=AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
    )


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise DataError("there is no such bucket or file; check the address") from None
    except OSError as error:
        said = re.sub(r"^.*AWS Error | \(Request ID.*?\)", "", f"{error}\n".splitlines()[0]) or type(error).__name__
        remedy = f"; {_CREDENTIALS}" if re.search(_REFUSED, said) else ""
        raise MachineError(f"the store does not give it ({said}){remedy}") from None
