"""A stage of dvc.yaml is stale if, and only if, a key that it uses has changed."""

import json
from pathlib import Path

import pytest

from tests.clone import clone_into, shell


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = clone_into(tmp_path_factory.mktemp("clone") / "rookery")
    shell("dvc pull --quiet data.dvc && dvc repro --quiet compose prepare", folder)
    assert stages_with_changed_keys(folder) == set(), "dvc.lock is older than conf/: run `dvc repro` and commit it"
    return folder


def stages_with_changed_keys(clone: Path) -> set[str]:
    """Those that `dvc repro` would run because of the configuration, once it is composed."""
    shell("dvc repro --quiet compose", clone)
    status = json.loads(shell("dvc status --json", clone))
    return {
        stage
        for stage, changes in status.items()
        for change in changes
        if isinstance(change, dict) and "build/config.yaml" in change.get("changed deps", {})
    }


@pytest.mark.parametrize(
    ("edits", "stale"),
    [
        ({"model/mlp.yaml": ("hidden: [256, 256]", "hidden: [20, 20]")}, {"train"}),
        ({"dataset/penguins.yaml": ("seed: 0", "seed: 1")}, {"prepare", "train"}),
        (
            {
                "tracking/mlflow.yaml": ("experiment: rookery", "experiment: other"),
                "dataset/penguins.yaml": ("changed: refuse", "changed: allow"),
                "model/mlp.yaml": ("# neurons", "# Neurons"),
                "optimizer/sgd.yaml": ("lr: 1.0e-2", "lr: 3.0e-2"),
            },
            set(),
        ),
    ],
    ids=["hidden", "split seed", "tracking, a permission, a remark, a file not chosen"],
)
def test_stage_is_stale_only_if_a_key_that_it_uses_changed(
    clone: Path, edits: dict[str, tuple[str, str]], stale: set[str]
) -> None:
    before = {clone / "conf" / name: (clone / "conf" / name).read_text() for name in edits}
    for path, (old, new) in zip(before, edits.values(), strict=True):
        assert old in before[path]
        path.write_text(before[path].replace(old, new, 1))
    found = stages_with_changed_keys(clone)
    for path, text in before.items():
        path.write_text(text)
    assert found == stale
