"""dvc.yaml says what each stage depends on; here it is compared with what the code imports."""

import ast
from pathlib import Path

import pytest
import yaml

from src.config.config import WITHOUT_EFFECT, Config
from src.config.dataset import Dataset

ROOT = Path(__file__).resolve().parents[2]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
BESIDE = {"train": {"src/evaluation.py", "src/mirror.py"}, "evaluate": {"src/mirror.py"}}
"""Imported by the story of a whole run, but nothing of what the stage writes comes from them."""
LATER = {"evaluate": {"src/attribution.py"}}
"""Imported in functions, when they are needed."""


def file_of(module: str) -> str | None:
    path = ROOT / (module.replace(".", "/") + ".py")
    return str(path.relative_to(ROOT)) if path.exists() else None


def imports(statements: list[ast.stmt]) -> set[str]:
    """Files of this project that the statements import, also inside `with`."""
    found: set[str | None] = set()
    for statement in statements:
        if isinstance(statement, ast.With):
            found |= imports(statement.body)
        elif isinstance(statement, ast.Import):
            found |= {file_of(alias.name) for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            names = [f"{statement.module}.{alias.name}" for alias in statement.names]
            found |= {file_of(name) or file_of(statement.module) for name in names}
    return {name for name in found if name}


def code_of(stage: str) -> set[str]:
    """Every file of the project that is loaded when the stage runs."""
    tree = ast.parse((ROOT / "src/stage.py").read_text())
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == stage)
    waiting = {"src/stage.py"} | imports(function.body) | LATER.get(stage, set())
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen and name not in BESIDE.get(stage, set()):
            seen.add(name)
            waiting |= imports(ast.parse((ROOT / name).read_text()).body)
    return seen


def in_dvc(stage: str) -> set[str]:
    """The same, as dvc.yaml lists it; a folder stands for the files in it."""
    listed = [name for name in STAGES[stage]["deps"] if name.startswith("src")]
    assert all((ROOT / name).exists() for name in listed)
    return {
        str(path.relative_to(ROOT))
        for name in listed
        for path in ([ROOT / name] if (ROOT / name).is_file() else (ROOT / name).rglob("*.py"))
    }


@pytest.mark.parametrize("stage", ["compose", "prepare", "train", "evaluate"])
def test_stage_depends_on_the_code_that_it_loads(stage: str) -> None:
    assert len(STAGES) == 4
    assert code_of(stage) <= in_dvc(stage)


@pytest.mark.parametrize("stage", ["compose", "prepare", "train", "evaluate"])
def test_stage_lists_no_file_or_folder_that_it_does_not_load(stage: str) -> None:
    loaded = code_of(stage)
    for name in STAGES[stage]["deps"]:
        if name.startswith("src"):
            assert any(file == name or file.startswith(f"{name}/") for file in loaded), name


def keys_of(stage: str) -> set[str]:
    return set(STAGES[stage]["params"][0]["build/config.yaml"])


OF_THE_DATA = {f"dataset.{name}" for name in Dataset.model_fields}
"""One by one in both stages: of keys that lie in one another DVC shows lists doubled."""


def test_training_depends_on_every_key_that_can_change_the_result() -> None:
    others = set(Config.model_fields) - {"dataset", *WITHOUT_EFFECT}
    assert keys_of("train") == others | OF_THE_DATA - {"dataset.changed"}


def test_preparing_depends_on_every_key_of_the_data_but_its_name() -> None:
    assert keys_of("prepare") == OF_THE_DATA - {"dataset.changed", "dataset.name"}
