"""How many requests a second the server answers, and how long each takes, beside `mlflow models serve`.

    python -m benchmarks.serve                  the lesson's network, 2000 requests of one row; prints a table
    python -m benchmarks.serve requests=500     another number
    python -m benchmarks.serve mlflow=false     without MLflow, which takes half a minute to start
    python -m benchmarks.serve json=true        prints JSON

Each server is a process of its own on a free port of this machine. A fixed number of requests goes out over so many
connections that stay open, the next one on each when the last is answered. The clients are threads of one process,
which takes a part of the same cores. MLflow gets a tenth of the requests.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.predict import LESSON, predictor
from src.machine import ROOT

OPTIONS = {"requests": 2000, "mlflow": True, "json": False}
CONNECTIONS = (1, 16)
_PATIENCE = 120  # seconds for a server to start


def seconds(port: int, path: str, body: bytes, count: int) -> list[float]:
    """Of each of `count` requests over one connection."""
    connection, taken = http.client.HTTPConnection("127.0.0.1", port, timeout=60), []
    for _ in range(count):
        started = time.perf_counter()
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        taken.append(time.perf_counter() - started)
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {content.decode()}")
    connection.close()
    return taken


def load(port: int, path: str, body: bytes, requests: int, connections: int) -> dict[str, float]:
    share = requests // connections
    seconds(port, path, body, 20)
    started = time.perf_counter()
    with ThreadPoolExecutor(connections) as threads:
        each = threads.map(lambda _: seconds(port, path, body, share), range(connections))
        taken = np.concatenate([*each])
    wall = time.perf_counter() - started
    p50, p99 = (1000 * float(np.percentile(taken, percent)) for percent in (50, 99))
    return {"requests_per_s": round(share * connections / wall), "p50_ms": round(p50, 2), "p99_ms": round(p99, 2)}


@contextmanager
def server(command: Sequence[str], port: int) -> Iterator[None]:
    """Raises RuntimeError if it does not answer in time."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # MLflow starts `uvicorn` through a shell
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PATH": path}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said, start_new_session=True)
        try:
            deadline = time.monotonic() + _PATIENCE
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    said.seek(0)
                    raise RuntimeError(f"{' '.join(command)} does not answer:\n{said.read().decode()[-2000:]}")
                time.sleep(0.1)
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # of MLflow, also what it has started
            process.wait()


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def ours(folder: Path, requests: int) -> dict[str, Any]:
    port, body = free_port(), json.dumps([LESSON]).encode()
    with server([sys.executable, "-m", "src.serve", f"model={folder / 'bundle'}", f"port={port}"], port):
        return {
            f"rookery, {connections} connections, {key}": value
            for connections in CONNECTIONS
            for key, value in load(port, "/predict", body, requests, connections).items()
        }


def of_mlflow(folder: Path, requests: int) -> dict[str, Any]:
    """The same bundle as MLflow saves and serves it."""
    from mlflow.models import Model

    from src.tracking.logged_model import save

    description = json.loads((folder / "bundle" / "bundle.json").read_bytes())
    with tempfile.TemporaryDirectory() as saved:
        save(Model(), folder / "bundle", description, Path(saved))
        port, body = free_port(), json.dumps({"dataframe_records": [LESSON]}).encode()
        command = ["-m", "mlflow", "models", "serve", "-m", f"{saved}/model", "--env-manager", "local", "-p", str(port)]
        with server([sys.executable, *command], port):
            return {
                f"mlflow, {connections} connections, {key}": value
                for connections in CONNECTIONS
                for key, value in load(port, "/invocations", body, requests, connections).items()
            }


def main() -> None:
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    options = OPTIONS | {key: json.loads(value) for key, value in given.items()}
    figures: dict[str, Any] = {"case": "lesson's network, requests of one row"}
    with tempfile.TemporaryDirectory() as name:
        predictor(Path(name), [10, 10], [*LESSON])
        figures |= ours(Path(name), int(options["requests"]))
        if options["mlflow"]:
            figures |= of_mlflow(Path(name), int(options["requests"]) // 10)
    text = "\n".join(f"{key:<44}{value}" for key, value in figures.items())
    print(json.dumps(figures) if options["json"] else text)


if __name__ == "__main__":
    main()
