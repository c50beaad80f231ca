"""The command line of the training, and how every command ends."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from src.command_line import exit_code, run
from src.config import saved
from src.config.compose import compose
from src.config.config import Config
from src.errors import ConfigError, DataError, DivergedError, MachineError, RookeryError, StoppedError

Call = tuple[Config, Path, list[str], bool]


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """The calls of `src.pipeline.train`, which trains nothing here."""
    calls: list[Call] = []

    def train(config: Config, folder: Path, overrides: Sequence[str], resume: bool, _: object) -> dict[str, Any]:
        calls.append((config, folder, list(overrides), resume))
        return {}

    pipeline = ModuleType("src.pipeline")
    pipeline.train = train  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "src.pipeline", pipeline)
    return calls


def raising(error: BaseException) -> None:
    raise error


# How a command ends


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RookeryError("x"), 1),
        (ConfigError("x"), 2),
        (DataError("x"), 3),
        (MachineError("x"), 4),
        (DivergedError("x"), 5),
        (StoppedError(15, "x"), 143),
    ],
)
def test_a_users_mistake_is_a_text_and_an_exit_code(
    error: RookeryError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(lambda: raising(error)) == code
    assert capsys.readouterr().err == f"{error}\n"


def test_what_no_user_can_mend_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        exit_code(lambda: raising(ZeroDivisionError()))


def test_success_is_0_and_an_interrupt_130() -> None:
    assert exit_code(lambda: None) == 0
    assert exit_code(lambda: raising(KeyboardInterrupt())) == 130


def test_a_reader_that_leaves_early_causes_no_traceback() -> None:
    command = f"{sys.executable} -m src.train --help | head -n 1; exit ${{PIPESTATUS[0]}}"
    answer = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert answer.stderr == ""
    assert answer.stdout.startswith("Trains a neural network")


# One run


def test_a_run_gets_the_composed_configuration_and_its_overrides(trained: list[Call], tmp_path: Path) -> None:
    overrides = ["model.hidden=[3]", f"hydra.run.dir={tmp_path}/x"]
    assert run(overrides) == 0
    [(config, folder, given, resume)] = trained
    assert (config.model.title, folder, given, resume) == ("mlp [3]", tmp_path / "x", overrides, False)


def test_a_wrong_configuration_ends_with_2_before_anything_is_done(
    trained: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["modle=mlp", "optimizer=adm", "model.hiden=[5]"]) == 2
    assert trained == []
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Configuration: 3 mistakes; nothing was started.\n  1. modle=mlp")


def test_resume_goes_on_with_the_saved_configuration(trained: list[Call], tmp_path: Path) -> None:
    config = compose(["seed=7"]).config
    saved.save(config, tmp_path / "config.yaml")
    assert run([f"resume={tmp_path}"]) == 0
    assert trained == [(config, tmp_path, [], True)]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["resume=x", "seed=3"], "resume=RUN goes on with the configuration of the run; nothing else can be given"),
        (["resume=x", "-m"], "nothing else can be given"),
        (["resume=none"], "resume=none: must be the folder of a run or a grid; it holds no config.yaml"),
        (["resume="], "resume= names no folder"),
        (["--epochs", "3"], "--epochs: there is no such option; keys are set without dashes (key=value)"),
        (["--multi", "seed=1"], "--multi: there is no such option"),
        (["--cfg", "jobs"], "invalid choice: 'jobs'"),
        (["-m", "--cfg", "job"], "-m starts a grid, --cfg and --info only show one run"),
        (["--package", "model"], "--package and --resolve have an effect with --cfg job only"),
        (["--cfg", "job", "-p", "modle"], "--package modle: there is no section modle; did you mean model?"),
        (["--cfg", "job", "model.hiden=3"], "did you mean model.hidden?"),
        (["--info", "defaults", "model.hiden=3"], "did you mean model.hidden?"),
        (["--config-dir", "none"], "--config-dir=none: must be a folder"),
        (["hydra.sweep.dir=x"], "hydra.sweep.dir has an effect with -m only"),
    ],
)
def test_each_wrong_command_line_is_explained(
    arguments: list[str], sentence: str, trained: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert sentence in capsys.readouterr().err
    assert trained == []


def test_resuming_a_grid_finishes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "grid.json").write_text("{")
    assert run([f"resume={tmp_path}"]) == 4
    assert "grid.json is damaged" in capsys.readouterr().err
    assert run([f"resume={tmp_path}", "--cfg", "job"]) == 2
    assert "a grid has no configuration that --cfg could show" in capsys.readouterr().err
    codes = {(tmp_path, False): 143, (tmp_path, True): 1}  # by grid and permission
    monkeypatch.setattr("src.jobs.finish", lambda *arguments: codes[arguments])
    assert run([f"resume={tmp_path}"]) == 143
    assert run([f"resume={tmp_path}", "allow_custom=true"]) == 1


# What shows and trains nothing


def test_cfg_job_prints_the_configuration_as_it_would_be_saved(
    trained: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--cfg", "job", "--resolve", "seed=3"]) == 0
    assert capsys.readouterr().out == saved.as_text(compose(["seed=3"]).config)
    assert run(["--cfg", "job", "--package", "dataset.split"]) == 0
    assert capsys.readouterr().out.startswith("by: stratified\ncolumn: null\nkey: []\ntrain: 0.7\n")
    assert trained == []


def test_help_names_every_group_with_its_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "optimizer").mkdir()
    (tmp_path / "optimizer" / "mine.yaml").write_text("name: adam\n")
    assert run(["--help", "--config-dir", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    ours = "adadelta  adagrad  adam  adamax  adamw  muon  nadam  radam  rmsprop  schedulefree_adamw  sgd"
    assert f"  optimizer    {ours}  mine\n" in text
    assert "resume=RUN" in text


def test_info_shows_hydras_view(trained: list[Call]) -> None:
    command = [sys.executable, "-m", "src.train", "--info", "defaults", "trainer=cpu", "model.hidden=[3]"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "trainer/cpu" in answer.stdout
    assert trained == []


def test_typos_and_help_load_no_torch() -> None:
    code = (
        "import sys; from src.command_line import run; run(['model.hiden=3']); run(['--cfg', 'job']); run(['--help']);"
        "assert not {'torch', 'mlflow', 'polars', 'numpy'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env={**os.environ})
