"""Files behind http:// and https://. A login comes from ~/.netrc, a proxy from the environment."""

import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from netrc import NetrcParseError, netrc
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from src.data.remote.transfer import BLOCK, Transfer, Version
from src.errors import DataError, MachineError

SECONDS = 30
_SIGNS = "%/:=&?~#+!$,;'@()*[]"  # what stays as it is in an address
_UNCHANGED, _REFUSED, _ABSENT = 304, (401, 403, 407), (404, 410)


@contextmanager
def opened(url: str, known: Version | None) -> Iterator[Transfer | None]:
    host = urlsplit(url).hostname
    if not host:
        raise DataError("names no host; write it like https://host/folder/file.csv")
    try:
        with urlopen(_request(url, host, known), timeout=SECONDS) as answer:
            length = answer.headers["Content-Length"]
            version = Version(answer.headers["ETag"] or "", answer.headers["Last-Modified"] or "")
            yield Transfer(version, int(length) if length and length.isdecimal() else None, _blocks(answer, host))
    except HTTPError as error:
        error.close()
        if error.code != _UNCHANGED:
            raise _told(error) from None
        yield None
    except (URLError, HTTPException, OSError) as error:
        raise MachineError(_reason(error, host)) from None


def _blocks(answer: HTTPResponse, host: str) -> Iterator[bytes]:
    try:
        while block := answer.read(BLOCK):
            yield block
    except (HTTPException, OSError) as error:
        raise MachineError(_reason(error, host)) from None


def _request(url: str, host: str, known: Version | None) -> Request:
    request = Request(quote(url, safe=_SIGNS), headers={"User-Agent": "rookery", "Accept-Encoding": "identity"})
    if known is not None and known.etag:
        request.add_header("If-None-Match", known.etag)
    elif known is not None:
        request.add_header("If-Modified-Since", known.changed)
    try:
        login = netrc().authenticators(host)
    except FileNotFoundError:
        login = None
    except NetrcParseError as error:
        raise MachineError(f"~/.netrc, which holds logins, is not readable: {error}") from None
    if login is not None:
        words = b64encode(f"{login[0]}:{login[2]}".encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {words}")  # not for the host of a redirection
    return request


def _told(error: HTTPError) -> DataError | MachineError:
    answer = f"the server answers {error.code} ({error.reason})"
    if error.code in _ABSENT:
        return DataError(f"{answer}: there is no such file; check the address")
    if error.code in _REFUSED:
        return MachineError(f"{answer}: it wants another login; ~/.netrc is where it would come from")
    return MachineError(f"{answer}; try again later, or fetch the file by other means and name your copy")


def _reason(error: Exception, host: str) -> str:
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, socket.gaierror):
        return f"the host {host} is not known; check the address and the network"
    if isinstance(cause, TimeoutError):
        return f"{host} has not answered for {SECONDS} seconds; try again later"
    return f"{host} cannot be reached, or broke off ({cause or type(cause).__name__}); try again later"
