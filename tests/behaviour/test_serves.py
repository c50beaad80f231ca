"""`python -m src.serve`: a server of its own, from the shell."""

import json
import signal
import socket
import urllib.request
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from src.command_line import exit_code
from src.inference import Predictor
from src.serve import serve
from tests.short_run import start

ROW = {"bill_length_mm": 37.3, "bill_depth_mm": 16.8, "flipper_length_mm": 192.0, "body_mass_g": 3000.0}


def posted(address: str, rows: list[dict[str, Any]]) -> Any:
    request = urllib.request.Request(f"{address}/predict", json.dumps(rows).encode())
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_it_answers_on_this_machine_until_it_is_asked_to_stop(tmp_path: Path, lesson: Path) -> None:
    expected = Predictor.load(lesson / "bundle").predict(pl.DataFrame([ROW])).to_dicts()
    with start("src.serve", f"model={lesson}", "port=0", cwd=tmp_path) as process:
        assert process.stdout is not None
        said, proved = process.stdout.readline(), process.stdout.readline()
        try:
            address = next(word for word in said.split() if word.startswith("http://127.0.0.1:")).rstrip(",")
            found = posted(address, [ROW])
        finally:
            process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert found == {"predictions": expected}
    assert process.returncode == -signal.SIGTERM
    assert proved == "32 raw rows of the test part are answered as in the evaluation (largest difference: requests 0)\n"
    assert (out, err) == ("", "")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([], 2, "model= is missing"),
        (["model={model}", "prot=1"], 2, "prot: there is no such option; did you mean port?"),
        (["model={model}", "port=http"], 2, "port=http: required: a whole number up to 65535"),
        (["model={model}", "port=70000"], 2, "port=70000: required: a whole number up to 65535"),
        (["model={model}", "allow_custom=yes"], 2, "allow_custom=yes: must be true or false"),
        (["model={here}"], 2, "holds no bundle; required: a run that is finished"),
        (["model={model}", "port={taken}"], 4, "listened on: Address already in use; choose another port=N or host="),
    ],
)
def test_a_mistake_is_explained(
    tmp_path: Path,
    lesson: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    sentence: str,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        filled = {"model": lesson, "here": tmp_path, "taken": other.getsockname()[1]}
        assert exit_code(lambda: serve([each.format(**filled) for each in arguments])) == code
    assert sentence in capsys.readouterr().err
