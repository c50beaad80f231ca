"""A PostgreSQL server that a test starts for itself, behind a socket in a folder."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

USER = "postgres"  # the server refuses to run as root


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of an empty database. Skips the test, with the reason, where there is no server or no driver."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    initdb, postgres = _program("initdb"), _program("postgres")
    if initdb is None or postgres is None:
        pytest.skip("PostgreSQL is not installed")
    user = USER if os.geteuid() == 0 else None
    if user is not None and user not in {each.pw_name for each in pwd.getpwall()}:
        pytest.skip(f"PostgreSQL does not run as root, and there is no user {user}")
    folder = Path(tempfile.mkdtemp(prefix="rookery-postgresql-"))
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    create = [initdb, "-D", str(data), "-U", "rook", "--auth=trust", "--no-sync"]
    subprocess.run(create, user=user, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    serve = [postgres, "-D", str(data), "-c", "listen_addresses=", "-c", "fsync=off", "-k", str(folder)]
    with subprocess.Popen(serve, user=user, stderr=subprocess.DEVNULL, cwd=folder) as process:
        url = f"postgresql://rook@/postgres?host={folder}"
        for _ in range(300):
            try:
                psycopg.connect(url).close()
                break
            except psycopg.OperationalError:
                assert process.poll() is None, "the server has ended"
                time.sleep(0.1)
        yield url
        process.terminate()
    shutil.rmtree(folder)


def _program(name: str) -> str | None:
    return shutil.which(name) or next(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None)
