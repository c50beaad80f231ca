"""Data goes to remotes of each kind and comes back: a folder, a machine behind SSH, a store that speaks S3."""

import getpass
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.clone import clone_into, shell
from tests.short_run import wait_for


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = clone_into(tmp_path_factory.mktemp("clone") / "rookery")
    shell("dvc pull --quiet data.dvc && rm -r .dvc/store", folder)  # which is a remote itself
    return folder


@pytest.fixture(params=["folder", "ssh", "s3"])
def remote(request: pytest.FixtureRequest) -> str:
    """What `dvc remote add` and `dvc remote modify` write about it."""
    settings: str = request.getfixturevalue(f"of_{request.param}")
    return settings


@pytest.fixture
def of_folder(tmp_path: Path) -> str:
    return f"url = {tmp_path}/shared"


@pytest.fixture
def of_ssh(tmp_path: Path) -> Iterator[str]:
    """A server of this user's own, which lets a new key in."""
    program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None or shutil.which("ssh-keygen") is None:
        pytest.skip("openssh-server is not installed")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    port = _free_port()
    settings = f"ListenAddress 127.0.0.1:{port}\nHostKey {tmp_path}/host\nAuthorizedKeysFile {tmp_path}/user.pub\n"
    settings += "StrictModes no\nUsePAM no\nPidFile none\nSubsystem sftp internal-sftp\n"
    (tmp_path / "sshd_config").write_text(settings)
    if getpass.getuser() == "root":
        Path("/run/sshd").mkdir(exist_ok=True)  # where it puts a process without rights
    command = [program, "-D", "-e", "-f", str(tmp_path / "sshd_config")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        wait_for(lambda: _answers(port), server)
        keyfile = f"keyfile = {tmp_path}/user"
        yield f"url = ssh://{getpass.getuser()}@127.0.0.1:{port}{tmp_path}/shared\n    {keyfile}"
        server.terminate()


@pytest.fixture
def of_s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    urlopen(Request(f"{address}/bucket", method="PUT")).close()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    yield f"url = s3://bucket/shared\n    endpointurl = {address}"
    server.stop()


def test_data_goes_to_a_remote_and_comes_back(clone: Path, remote: str) -> None:
    before = (clone / "data" / "penguins.csv").read_bytes()
    _use(clone, remote)
    shell("dvc push --quiet data.dvc && rm -r data .dvc/cache && dvc pull --quiet data.dvc", clone)
    assert (clone / "data" / "penguins.csv").read_bytes() == before


def test_a_copy_that_dvc_did_not_notice_to_be_damaged_is_noticed_before_the_training(
    clone: Path, of_folder: str
) -> None:
    table = clone / "data" / "penguins.csv"
    before = table.read_bytes()
    _use(clone, of_folder)
    shell("dvc push --quiet data.dvc", clone)
    (kept,) = (path for path in (clone / ".dvc/cache/files/md5").rglob("*") if path.is_file() and not path.suffix)
    kept.chmod(0o644)
    kept.write_bytes(before[:-1] + b"8")
    kept.chmod(0o444)  # as DVC leaves it: a sign to itself that it is whole
    shell("rm -r data && dvc checkout --quiet data.dvc", clone)
    assert table.read_bytes() != before
    said = shell("python -m src.stage prepare 2>&1 || test $? = 3", clone)
    assert f"DVC's own copy of it is damaged: delete {kept.relative_to(clone)} and data/penguins.csv, then `dvc" in said
    shell(f"rm -f {kept} data/penguins.csv && dvc pull --quiet data.dvc", clone)
    assert table.read_bytes() == before


def _use(clone: Path, remote: str) -> None:
    (clone / ".dvc" / "config.local").write_text(f"[core]\n    remote = other\n['remote \"other\"']\n    {remote}\n")


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
