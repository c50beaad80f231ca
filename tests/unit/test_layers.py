"""The code is built in levels, and each framework has its door (docs: the layout in the README)."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LEVELS: dict[int, tuple[str, ...]] = {
    0: (
        *("errors", "task", "spec", "atomic", "patience", "ending", "signals", "machine", "memory", "arguments"),
        *("custom_code", "loading", "aligned", "ahead", "charts"),
    ),
    1: ("config", "units", "heads", "post_hoc", "outputs", "monitor"),
    2: ("data", "models", "losses", "metrics", "optimizers", "schedulers", "batches"),
    3: (
        *("steps", "gradient", "windows", "sampling", "feed", "score", "learner", "trainer", "checkpoint"),
        *("averaging", "batch_statistics", "regularisation", "compiled", "eager_steps", "compiled_steps"),
        *("captured", "replayed", "compiled_measure", "profiler", "progress"),
        *("whole", "stacked", "noise", "shared_rows", "population"),
        *("run_folder", "unfinished", "recorder", "tracking", "mirror", "bundle", "bundle_archive", "model_card"),
        *("fitted", "summary"),
    ),
    4: (
        "inference",
        "attribution",
        "predicted_table",
        "serving",
        "rows",
        "model_folder",
        "served_model",
        "plots",
        "report",
        "evaluation",
        "objective",
        "assemble",
        "compilation",
        "members",
        "members_together",
        "grouping",
        "side_by_side",
        "pipeline",
        "fit",
        "out_of_fold",
        "dataset_file",
        "leakage",
        "dry_run",
        "finders",
        "repetition",
        "comparison",
        "tracing",
        "parity",
        "exporting",
    ),
    5: (
        "command_line",
        "train",
        "grid",
        "grid_table",
        "forwarded",
        "jobs",
        "populate",
        "folds",
        "stage",
        "schema",
        "predict",
        "serve",
        "sync",
        "results",
        "init",
        "check",
        "find",
        "rerun",
        "compare",
        "leaderboard",
        "trace",
        "export",
    ),
}
"""Files and folders of src. What is on the same level may import one another, but for level 2."""

ALLOWED: dict[int, set[str]] = {
    0: set(),
    1: {"torch", "hydra", "omegaconf", "pydantic", "pydantic_core", "annotated_types", "yaml"},
}
"""What levels 0 and 1 import beside the standard library."""

DOORS: dict[str, tuple[str, ...]] = {
    "pytorch_lightning": ("learner", "trainer"),
    "mlflow": ("tracking", "served_model"),
    "hydra": ("config", "command_line"),
    "omegaconf": ("config",),
    "matplotlib": ("plots",),
    "dvc": (),
    "pandas": ("tracking", "served_model"),
    "fastexcel": ("data",),
    "psycopg": ("data",),
    "schedulefree": ("optimizers",),
    "pyarrow": ("data",),
    "captum": ("attribution",),
    "fastapi": ("serving",),
    "uvicorn": ("serving",),
    "prometheus_client": ("serving",),
    "onnx": ("exporting",),
    "onnxruntime": ("exporting",),
    "onnxscript": ("exporting",),
}


def names() -> list[str]:
    """Modules of src, as `src.data.split`."""
    files = (path for path in (ROOT / "src").rglob("*.py") if path.name != "__init__.py")
    return sorted(".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files)


def unit(module: str) -> str:
    """`data` of src.data.split, `losses` of src.losses."""
    return module.split(".")[1]


def level(module: str) -> int:
    return next((number for number, units in LEVELS.items() if unit(module) in units), -1)  # -1: in no level


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((ROOT / (module.replace(".", "/") + ".py")).read_text())


def imported(node: ast.stmt) -> Iterator[str]:
    """Modules that an import statement names, those of src as files."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.module is not None
        assert node.level == 0, "relative import"
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in names_set() else node.module


@cache
def names_set() -> frozenset[str]:
    return frozenset(names())


def at_load(module: str) -> set[str]:
    """What is imported when the module is, not counting what only type checkers see."""
    return {name for node in tree(module).body for name in imported(node)}


def anywhere(module: str) -> set[str]:
    """Also inside functions and for types only."""
    return {name for node in ast.walk(tree(module)) if isinstance(node, ast.stmt) for name in imported(node)}


def for_types(module: str) -> set[str]:
    """What only type checkers see."""
    conditions = (node for node in tree(module).body if isinstance(node, ast.If))
    hidden = (node.body for node in conditions if ast.unparse(node.test) == "TYPE_CHECKING")
    return {name for body in hidden for statement in body for name in imported(statement)}


def own(modules: set[str]) -> set[str]:
    return {name for name in modules if name in names_set()}


def closure(module: str) -> set[str]:
    """Everything that is loaded with the module: modules of src and top-level names of packages."""
    seen, waiting = set[str](), {module}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting |= own(at_load(name)) - seen
    return seen | {name.partition(".")[0] for each in seen for name in at_load(each)}


def test_every_file_has_a_level_and_every_level_its_files() -> None:
    assert len(names()) > 70
    listed = [each for units in LEVELS.values() for each in units]
    assert len(listed) == len(set(listed))
    assert {unit(module) for module in names()} == set(listed)


@pytest.mark.parametrize("module", names())
def test_imports_come_from_the_same_level_or_a_lower_one(module: str) -> None:
    above = {name for name in own(anywhere(module)) if level(name) > level(module)}
    assert not above


def test_the_parts_of_level_2_do_not_import_one_another() -> None:
    pairs = {(unit(module), unit(name)) for module in names() if level(module) == 2 for name in own(anywhere(module))}
    beside = {(one, other) for one, other in pairs if one != other and other in LEVELS[2]}
    assert beside == set()


def test_no_module_imports_itself_through_others() -> None:
    rest = {module: own(anywhere(module)) for module in names()}
    while leaves := {module for module, needs in rest.items() if not needs}:
        rest = {module: needs - leaves for module, needs in rest.items() if module not in leaves}
    assert rest == {}


@pytest.mark.parametrize("number", ALLOWED)
def test_the_lowest_levels_need_few_packages(number: int) -> None:
    packages = {
        name.partition(".")[0]
        for module in names()
        if level(module) == number
        for name in anywhere(module) - for_types(module)
        if name.partition(".")[0] not in {"src", *sys.stdlib_module_names}
    }
    assert packages <= ALLOWED[number]


@pytest.mark.parametrize(("framework", "door"), DOORS.items())
def test_a_framework_enters_by_its_door(framework: str, door: tuple[str, ...]) -> None:
    users = {unit(m) for m in names() if framework in {name.partition(".")[0] for name in anywhere(m)}}
    assert users == set(door)


def test_nothing_imports_the_other_lightning() -> None:
    assert not {m for m in names() if {"lightning"} & {name.partition(".")[0] for name in anywhere(m)}}


@pytest.mark.parametrize("module", [module for module in names() if level(module) == 5])
def test_a_command_loads_nothing_heavy_before_it_has_read_its_arguments(module: str) -> None:
    assert closure(module).isdisjoint({"torch", "pytorch_lightning", "mlflow", "polars", "numpy", "matplotlib"})


def test_the_configuration_loads_no_torch() -> None:
    modules = [module for module in names() if unit(module) == "config"]
    assert len(modules) > 15
    for module in modules:
        assert closure(module).isdisjoint({"torch", "numpy", "polars"})


def test_a_bundle_needs_torch_and_polars_only() -> None:
    others = {"pytorch_lightning", "mlflow", "hydra", "omegaconf", "matplotlib", "pydantic", "captum", "fastapi"}
    assert closure("src.inference").isdisjoint(others)


def test_a_bundle_needs_nothing_that_only_reads_files() -> None:
    assert closure("src.inference").isdisjoint({"fastexcel", "pyarrow", "psycopg", "filelock", "tqdm"})


def test_what_explains_answers_is_loaded_when_it_is_needed() -> None:
    assert {module for module in names() if "captum" in closure(module)} == {"src.attribution"}


def test_the_story_of_a_run_is_short() -> None:
    assert len((ROOT / "src" / "pipeline.py").read_text().splitlines()) < 200
    assert len((ROOT / "src" / "train.py").read_text().splitlines()) < 40
