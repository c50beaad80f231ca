"""Files behind addresses: a server of this process for http, a made-up store for s3."""

import errno
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from src.data.files import located
from src.data.remote import web
from src.data.remote.copy import FOLDER, local_copy
from src.data.source import Source
from src.errors import DataError, MachineError

TABLE = b"size,kind\n" + b"".join(b"%d,%s\n" % (i, b"ab"[i % 2 : i % 2 + 1]) for i in range(1000))


class Server(ThreadingHTTPServer):
    """Serves `files`: path to content and headers, and notes the requests. `told`: bytes beyond the real length."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.requests: list[tuple[int, dict[str, str]]] = []
        self.beyond, self.status, self.delay = 0, 200, 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        time.sleep(self.server.delay)
        content, headers = self.server.files.get(self.path, (b"<html>no</html>", {}))
        status = self.server.status if self.path in self.server.files else 404
        asked = self.headers.get("If-None-Match") or self.headers.get("If-Modified-Since")
        if status == 200 and asked and asked in headers.values():
            status, content = 304, b""
        self.server.requests.append((status, dict(self.headers)))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) + self.server.beyond))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.setenv("HOME", str(tmp_path))  # with no ~/.netrc, ~/.aws
    monkeypatch.setenv("no_proxy", "*")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        server.files["/data/t.csv"] = (TABLE, {"ETag": '"1"'})
        yield server
        server.shutdown()
        thread.join()


def test_a_file_comes_once_and_again_when_it_has_changed(server: Server, tmp_path: Path) -> None:
    url = f"{server.url}/data/t.csv"
    copy = local_copy(url, tmp_path)
    assert copy.read_bytes() == TABLE
    assert copy.name == "t.csv"
    assert copy.is_relative_to(tmp_path / FOLDER)
    assert local_copy(url, tmp_path) == copy
    server.files["/data/t.csv"] = (b"size,kind\n", {"ETag": '"2"'})
    assert local_copy(url, tmp_path).read_bytes() == b"size,kind\n"
    assert [status for status, _ in server.requests] == [200, 304, 200]


@pytest.mark.parametrize(
    ("headers", "again"),
    [({"Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}, 304), ({"ETag": 'W/"1"'}, 304), ({}, 200)],
)
def test_a_copy_is_trusted_as_far_as_the_server_tells(
    server: Server, tmp_path: Path, headers: dict[str, str], again: int
) -> None:
    server.files["/t.csv"] = (TABLE, headers)
    for _ in range(2):
        assert local_copy(f"{server.url}/t.csv", tmp_path).read_bytes() == TABLE
    assert [status for status, _ in server.requests] == [200, again]


def test_a_copy_that_was_changed_here_comes_again(server: Server, tmp_path: Path) -> None:
    copy = local_copy(f"{server.url}/data/t.csv", tmp_path)
    copy.write_bytes(TABLE[:-1])
    assert local_copy(f"{server.url}/data/t.csv", tmp_path).read_bytes() == TABLE


def test_a_transfer_that_is_cut_off_leaves_the_old_copy_and_is_not_trusted(server: Server, tmp_path: Path) -> None:
    url = f"{server.url}/data/t.csv"
    server.beyond = 100
    with pytest.raises(MachineError, match=rf"/data/t\.csv: only {len(TABLE):,} of {len(TABLE) + 100:,} bytes came"):
        local_copy(url, tmp_path)
    assert [path.name for path in (tmp_path / FOLDER).rglob("*.csv")] == []
    server.beyond = 0
    copy = local_copy(url, tmp_path)
    server.files["/data/t.csv"], server.beyond = (b"size,kind\n1,a\n", {"ETag": '"2"'}), 100
    with pytest.raises(MachineError, match=r"only 14 of 114 bytes came; try again\. The copy of an earlier day is"):
        local_copy(url, tmp_path)
    assert copy.read_bytes() == TABLE
    server.beyond = 0
    assert local_copy(url, tmp_path).read_bytes() == b"size,kind\n1,a\n"


def test_what_a_killed_process_left_is_swept_away(server: Server, tmp_path: Path) -> None:
    copy = local_copy(f"{server.url}/data/t.csv", tmp_path)
    (copy.parent / ".t.csv.12345").write_bytes(TABLE[:100])
    copy.unlink()
    assert local_copy(f"{server.url}/data/t.csv", tmp_path).read_bytes() == TABLE
    assert {path.name for path in copy.parent.iterdir()} == {"t.csv", ".t.csv.json", ".t.csv.lock"}


@pytest.mark.parametrize(
    ("status", "error", "sentence"),
    [
        (404, DataError, r"the server answers 404 \(Not Found\): there is no such file; check the address"),
        (403, MachineError, r"the server answers 403 \(Forbidden\): it wants another login; ~/\.netrc"),
        (500, MachineError, r"the server answers 500 \(Internal Server Error\); try again later"),
    ],
)
def test_what_a_server_answers_is_explained(
    server: Server, tmp_path: Path, status: int, error: type[Exception], sentence: str
) -> None:
    server.status, server.files["/data/t.csv?token=secret"] = status, (b"", {})
    with pytest.raises(error, match=rf"^http://127\.0\.0\.1:\d+/data/t\.csv: {sentence}[^?]*$"):
        local_copy(f"{server.url}/data/t.csv?token=secret", tmp_path)


def test_a_server_that_is_silent_or_not_there_is_explained(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "SECONDS", 0.05)
    server.delay = 0.3
    with pytest.raises(MachineError, match=r"127\.0\.0\.1 has not answered for 0\.05 seconds; try again later"):
        local_copy(f"{server.url}/data/t.csv", tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/t.csv"
        with pytest.raises(MachineError, match=f"cannot be reached, or broke off.*{os.strerror(errno.ECONNREFUSED)}"):
            local_copy(url, tmp_path)


@pytest.mark.usefixtures("server")
def test_a_host_without_an_address_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(MachineError, match=r"the host data\.example is not known; check the address and the network"):
        local_copy("https://data.example/t.csv", tmp_path)


def test_a_web_page_in_place_of_a_table_is_explained(server: Server, tmp_path: Path) -> None:
    for name in ("t.csv", "t.parquet", "t.jsonl"):
        server.files[f"/{name}"] = (b"<!DOCTYPE html><title>Sign in</title>", {})
        with pytest.raises(DataError, match=rf"{name}: .*the file is a web page, perhaps the error of a download"):
            Source(located(f"{server.url}/{name}", tmp_path)).read([])


def test_a_login_comes_from_netrc_and_goes_to_its_host_alone(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    local_copy(f"{server.url}/data/t.csv", tmp_path)
    assert server.requests[-1][1]["Authorization"] == "Basic bWU6c2VjcmV0"
    server.files["/moved"] = (b"", {"Location": f"http://localhost:{server.server_port}/data/t.csv"})
    server.status = 302
    with pytest.raises(MachineError):
        local_copy(f"{server.url}/moved", tmp_path)
    assert "Authorization" not in server.requests[1:][-1][1]


def test_names_with_spaces_and_signs_and_two_queries_are_kept_apart(server: Server, tmp_path: Path) -> None:
    for number, path in enumerate(["/gr%C3%B6%C3%9Fe%20m.csv", "/d?id=1", "/d?id=2"]):
        server.files[path] = (b"a\n%d\n" % number, {})
    copies = [local_copy(f"{server.url}{path}", tmp_path) for path in ["/größe m.csv", "/d?id=1", "/d?id=2"]]
    assert [copy.read_bytes() for copy in copies] == [b"a\n0\n", b"a\n1\n", b"a\n2\n"]
    assert copies[0].name == "größe_m.csv"
    with pytest.raises(DataError, match=r"/d: the name must end in \.csv, .*, or dataset\.format say what it is"):
        Source((copies[1],)).read([])
    assert Source((copies[1],), format="csv").read([])["a"].to_list() == [1]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://host/t.csv", "ftp:// cannot be read; required: http, https, s3, sqlite or postgresql, or a file"),
        ("https:///t.csv", "names no host; write it like https://host/folder/file.csv"),
        ("s3://bucket", "must be like s3://bucket/folder/file.csv"),
    ],
)
def test_an_address_that_is_none_is_explained(tmp_path: Path, url: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        local_copy(url, tmp_path)


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """The address of a made-up S3 store in a process of its own, with the bucket `lake`."""
    program = shutil.which("moto_server", path=Path(sys.executable).parent)
    if program is None:
        pytest.skip("moto_server is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen([program, "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, "the store has ended"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.fixture
def lake(store: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A file system of pyarrow on the store, with two tables and another file."""
    from pyarrow.fs import S3FileSystem

    keys = {"AWS_ENDPOINT_URL": store, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "HOME": str(tmp_path)}
    for key, value in keys.items():
        monkeypatch.setenv(key, value)
    files = S3FileSystem(endpoint_override=store, allow_bucket_creation=True)
    files.create_dir("lake")
    for name, content in (("2024/a.csv", b"a\n1\n"), ("2024/b.csv", b"a\n2\n"), ("2024/README", b"")):
        write(files, name, content)
    write(files, "x.csv", b"a\n3\n")
    return files


def write(lake: Any, name: str, content: bytes) -> None:
    with lake.open_output_stream(f"lake/{name}") as stream:
        stream.write(content)


def test_an_object_of_a_store_is_a_file(lake: Any, tmp_path: Path) -> None:
    copy = local_copy("s3://lake/x.csv", tmp_path)
    assert copy.read_bytes() == b"a\n3\n"
    before = copy.stat().st_ino
    assert local_copy("s3://lake/x.csv", tmp_path).stat().st_ino == before
    write(lake, "x.csv", b"a\n4\n")
    assert local_copy("s3://lake/x.csv", tmp_path).read_bytes() == b"a\n4\n"


@pytest.mark.parametrize("url", ["s3://lake/2024/", "s3://lake/2024/*.csv", "s3://lake/20*/?.csv"])
@pytest.mark.usefixtures("lake")
def test_a_folder_and_a_pattern_in_a_store_are_one_table(tmp_path: Path, url: str) -> None:
    assert Source(located(url, tmp_path)).read([])["a"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("s3://lake/y.csv", "s3://lake/y.csv: there is no such bucket or file; check the address"),
        ("s3://sea/x.csv", "there is no such bucket or file"),
        ("s3://lake/*.parquet", r"s3://lake/\*\.parquet: no file fits"),
        ("s3://lake/2025/", "s3://lake/2025/: there is no such bucket or file"),
    ],
)
@pytest.mark.usefixtures("lake")
def test_an_object_that_is_not_there_is_explained(tmp_path: Path, url: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        located(url, tmp_path)


@pytest.mark.usefixtures("lake")
def test_a_store_that_cannot_be_reached_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(MachineError, match=r"s3://lake/x\.csv: the store does not give it \(NETWORK_CONNECTION"):
        local_copy("s3://lake/x.csv", tmp_path)
