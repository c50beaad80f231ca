"""A network of the user's own (`model=custom`): trained, bundled and resumed like any other, behind a closed door."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
import torch

from src import custom_code
from src.bundle import Bundle
from src.command_line import run
from src.config import saved
from src.config.compose import compose
from src.config.config import Config
from src.config.custom import Custom
from src.config.expand import expand
from src.errors import ConfigError
from src.inference import Predictor
from src.predict import predict
from src.tracking.store import open_store
from src.tracking.sync import sync
from tests.short_run import ALWAYS, ROOT, config_of, killed_at, result_of, resume, run_in

CLOSED = "runs Python code that is not Rookery's"
EXAMPLE = ROOT / "docs" / "custom_network.py"
LEAVES_A_MARK = "from pathlib import Path\nPath(__file__).with_name('mark').touch()\n"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished run of a file with a mark, which lies outside the project."""
    folder = tmp_path_factory.mktemp("custom")
    own = folder / "own.py"
    own.write_text(LEAVES_A_MARK.replace("__file__", repr(str(own))) + EXAMPLE.read_text())
    run_in(folder / "run", *of(own), "trainer.max_epochs=2", "dataset.columns.categorical=[island]")
    return folder / "run"


def of(path: Path) -> tuple[str, ...]:
    return ("model=custom", f"model.path={path}", "model.arguments.width=6", "allow_custom=true")


def mark(trained: Path) -> Path:
    return trained.parent / "mark"


def test_the_example_learns(tmp_path: Path) -> None:
    metrics = run_in(tmp_path / "run", *of(EXAMPLE), "trainer.max_epochs=30", "optimizer.lr=0.01")
    assert metrics["test"]["accuracy"] > 0.9


def test_nothing_is_run_unless_the_command_line_allows_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own.py"
    own.write_text(LEAVES_A_MARK.replace("__file__", repr(str(own))))
    for words in ([], ["allow_custom=false"]):
        arguments = [*ALWAYS, "model=custom", f"model.path={own}", f"hydra.run.dir={tmp_path / 'run'}", *words]
        assert run(arguments) == 2
        message = capsys.readouterr().err
        assert f"model.name: custom {CLOSED}" in message
        assert "If you trust it: allow_custom=true on the command line" in message
        assert [path.name for path in tmp_path.iterdir()] == ["own.py"]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("experiment/own.yaml", "# @package _global_\nallow_custom: true\nmodel:\n  name: custom\n"),
        ("model/own.yaml", "name: custom\nallow_custom: true\n"),
    ],
)
def test_a_file_that_opens_the_door_itself_is_refused(tmp_path: Path, file: str, text: str) -> None:
    path = tmp_path / file
    path.parent.mkdir()
    path.write_text(text)
    line = text.splitlines().index("allow_custom: true") + 1
    sentence = rf"own\.yaml:{line}: allow_custom is for the command line only; no file may allow code to be run"
    for words in ([], ["allow_custom=true"]):
        with pytest.raises(ConfigError, match=sentence):
            compose([f"{path.parent.name}=own", *words], tmp_path)


def test_what_is_neither_true_nor_false_is_refused() -> None:
    with pytest.raises(ConfigError, match="allow_custom=yes-please: must be true or false"):
        compose(["allow_custom=yes-please"])
    with pytest.raises(ConfigError, match="allow_custom=yes: must be true or false"):
        predict(["model=runs/x", "row=[1]", "allow_custom=yes"])


def test_a_grid_passes_the_word_on_to_each_run() -> None:
    runs = expand(["model=mlp,custom", "allow_custom=true"])
    assert [each.config.model.name for each in runs] == ["mlp", "custom"]
    assert all("allow_custom=true" in each.overrides for each in runs)


def test_the_configuration_notes_the_content_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "own.py"

    def model_with(code: str) -> tuple[Custom, Config]:
        path.write_text(code)
        config = config_of(*of(path))
        assert isinstance(config.model, Custom)
        return config.model, config

    (before, one), (after, other) = model_with("x = 1\n"), model_with("x = 2\n")
    assert (before.sha256, after.sha256) == (custom_code.digest(b"x = 1\n"), custom_code.digest(b"x = 2\n"))
    assert one.hash != other.hash
    with pytest.raises(ConfigError, match=rf"{path} is not what model\.sha256 says"):
        config_of(*of(path), f"model.sha256={before.sha256}")
    with pytest.raises(ConfigError, match=r"none\.py cannot be read"):
        config_of(*of(tmp_path / "none.py"))


def test_a_run_and_its_bundle_keep_the_file(trained: Path) -> None:
    code = (trained.parent / "own.py").read_bytes()
    assert (trained / "network.py").read_bytes() == (trained / "bundle" / "network.py").read_bytes() == code
    model = json.loads((trained / "bundle" / "bundle.json").read_text())["model"]
    assert model["sha256"] == custom_code.digest(code)
    card = (trained / "bundle" / "README.md").read_text()
    assert "Loading it runs the Python code in network.py" in card
    assert 'Predictor.load("this folder", allow_custom=True)' in card


def test_a_bundle_is_loaded_where_it_may_run_its_code_and_there_alone(trained: Path) -> None:
    mark(trained).unlink()
    with pytest.raises(ConfigError, match=rf"bundle/network\.py: this model {CLOSED}"):
        Predictor.load(trained / "bundle")
    assert not mark(trained).exists()
    rows = pl.read_csv(ROOT / "data" / "penguins.csv", null_values="NA")
    answers = Predictor.load(trained / "bundle", allow_custom=True).predict(rows)
    assert mark(trained).exists()
    told = pl.read_parquet(trained / "predictions.parquet")
    assert answers[(told["row"] - 1).to_list()]["prediction"].equals(told["prediction"])


def test_a_bundle_needs_nothing_of_the_folder_that_the_file_was_in(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained / "bundle", tmp_path / "bundle")
    own = trained.parent / "own.py"
    hidden = own.rename(own.with_suffix(".hidden"))
    loaded = Bundle.load(tmp_path / "bundle", allow_custom=True)
    hidden.rename(own)
    assert type(loaded.network).__name__ == "Gated"


def test_code_that_is_not_that_of_the_bundle_is_not_run(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained / "bundle", tmp_path / "bundle")
    mark(trained).unlink(missing_ok=True)
    with (tmp_path / "bundle" / "network.py").open("a") as file:
        file.write("x = 1\n")
    with pytest.raises(ConfigError, match=r"bundle/network\.py is not what model\.sha256 says"):
        Bundle.load(tmp_path / "bundle", allow_custom=True)
    assert not mark(trained).exists()


def test_code_beside_a_network_of_rookerys_own_is_not_run(lesson: Path, tmp_path: Path) -> None:
    shutil.copytree(lesson / "bundle", tmp_path / "bundle")
    (tmp_path / "bundle" / "network.py").write_text(LEAVES_A_MARK)
    Bundle.load(tmp_path / "bundle", allow_custom=True)
    assert not (tmp_path / "bundle" / "mark").exists()


def test_predict_asks_for_the_word(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [f"model={trained}", "row=[37.3,16.8,19.2,30.0,Biscoe]"]
    with pytest.raises(ConfigError, match=CLOSED):
        predict(arguments)
    predict([*arguments, "allow_custom=true"])
    assert "species" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore::UserWarning")  # MLflow's own, about the class that it is given
def test_a_served_model_is_allowed_by_the_environment(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow.pyfunc
    import pandas

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    shutil.copytree(trained, tmp_path / "run")
    mark(trained).unlink(missing_ok=True)
    assert "sent" in str(sync(tmp_path / "run"))
    [model] = open_store(f"sqlite:///{tmp_path}/mlflow.db").search_logged_models(["1"])
    with pytest.raises(ConfigError, match=f"{CLOSED}.* ROOKERY_ALLOW_CUSTOM=true before a command"):
        mlflow.pyfunc.load_model(model.model_uri)
    assert not mark(trained).exists()
    monkeypatch.setenv("ROOKERY_ALLOW_CUSTOM", "true")
    served = mlflow.pyfunc.load_model(model.model_uri)
    table = pl.read_csv(ROOT / "data" / "penguins.csv", null_values="NA")[:3].with_columns(pl.col(pl.Int64).cast(float))
    answer = served.predict(pandas.DataFrame(table.to_dict(as_series=False)))
    expected = Predictor.load(trained / "bundle", allow_custom=True).predict(table)
    assert answer.to_dict("list") == expected.to_dict(as_series=False)


def test_a_killed_run_is_resumed_to_the_same_bits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own.py"
    own.write_text(EXAMPLE.read_text())
    settings = (*of(own), "trainer.max_epochs=3", "trainer.checkpoint_seconds=0")
    run_in(tmp_path / "whole", *settings)
    with killed_at(2):
        run_in(tmp_path / "killed", *settings)
    capsys.readouterr()
    assert run([f"resume={tmp_path / 'killed'}"]) == 2
    assert CLOSED in capsys.readouterr().err
    own.write_text("x = 1\n")
    assert run([f"resume={tmp_path / 'killed'}", "allow_custom=true"]) == 2
    assert f"{own} is not what model.sha256 says" in capsys.readouterr().err
    shutil.copy(tmp_path / "killed" / "network.py", own)
    resume(tmp_path / "killed", saved.load(tmp_path / "killed" / "config.yaml", allow_custom=True))
    assert result_of(tmp_path / "killed") == result_of(tmp_path / "whole")


def test_loading_leaves_the_random_numbers_as_they_are(trained: Path) -> None:
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    Bundle.load(trained / "bundle", allow_custom=True)
    assert torch.rand(1).equal(expected)
