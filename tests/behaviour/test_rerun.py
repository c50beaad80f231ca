"""Runs of a fresh clone, repeated from what their folders say."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import safetensors.torch

from tests.clone import clone_into, shell
from tests.made_up_run import update
from tests.short_run import record_of, start

SHORT = "trainer=cpu tracking=none trainer.max_epochs=2"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With runs/clean, and runs/dirty, which draws other numbers by a change that was not committed; the newest commit
    cannot train. The data lies in a remote beside the clone."""
    folder = clone_into(tmp_path_factory.mktemp("clone") / "rookery")
    shell("git add -A src tests conf && git commit --quiet --allow-empty --all -m now", folder)
    shell("dvc pull --quiet data.dvc && dvc remote modify store url ../shared && dvc push --quiet data.dvc", folder)
    shell("git rm -r --quiet .dvc/store && git commit --quiet --all -m remote", folder)
    shell(f"python -m src.train {SHORT} hydra.run.dir=runs/clean", folder)
    assemble = folder / "src" / "assemble.py"
    before = assemble.read_text()
    assemble.write_text(before.replace("batches.seed_for(seed)", "batches.seed_for(seed + 1)"))
    assert assemble.read_text() != before
    shell(f"python -m src.train {SHORT} hydra.run.dir=runs/dirty", folder)
    shell("git checkout --quiet src && echo 'raise SystemExit(9)' > src/fit.py", folder)
    shell("git commit --quiet --all -m broken", folder)
    return folder


@pytest.fixture
def copy(clone: Path) -> Iterator[Path]:
    """Of runs/clean, to be tampered with."""
    yield shutil.copytree(clone / "runs" / "clean", clone / "runs" / "copy")
    shutil.rmtree(clone / "runs" / "copy")


def rerun(clone: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and all that it said. Nothing is left behind in git."""
    process = start("src.rerun", *arguments, cwd=clone)
    out, err = process.communicate(timeout=300)
    listed = subprocess.run(["git", "worktree", "list"], cwd=clone, capture_output=True, text=True, check=True).stdout
    assert len(listed.splitlines()) == 1
    return process.returncode, out + err


def test_a_run_is_repeated_to_the_last_bit_by_the_code_of_its_commit(clone: Path) -> None:
    status, said = rerun(clone, "runs/clean")
    assert status == 0, said
    record = record_of(clone / "runs/clean")
    digest = json.loads((clone / "runs/clean/bundle/bundle.json").read_text())["weights_sha256"]
    assert said.splitlines() == [
        f"code            commit {record['git']['commit'][:12]}, branch {record['git']['branch']}",
        f"data            data/penguins.csv, SHA-256 {record['data']['sha256']}",
        f"the same: weights (SHA-256 {digest}), history and metrics are identical to the last bit",
    ]


def test_data_that_has_changed_since_comes_from_dvc(clone: Path) -> None:
    table = clone / "data" / "penguins.csv"
    before = table.read_bytes()
    table.write_bytes(before + b"Adelie,Dream,39.1,18.7,181,3750,male,2007\n")
    status, said = rerun(clone, "runs/clean")
    assert table.read_bytes() != before
    table.write_bytes(before)
    assert status == 0, said


def test_in_a_fresh_clone_the_data_comes_from_the_remote(clone: Path) -> None:
    fresh = clone.with_name("fresh")
    shell(f"git clone --quiet . {fresh} && ln -s $(readlink .venv) {fresh} && cp -r runs {fresh}", clone)
    status, said = rerun(fresh, "runs/clean")
    assert not (fresh / "data").exists()
    assert status == 0, said


def test_data_that_is_nowhere_is_named_with_its_digests(clone: Path, copy: Path) -> None:
    data = record_of(copy)["data"]
    update(copy, data=data | {"sha256": "0" * 64, "dvc": None})
    status, said = rerun(clone, "runs/copy")
    assert status == 3
    assert said.splitlines()[1:] == [
        f"data/penguins.csv: the data of the run is not there any more. Required: SHA-256 {'0' * 64}; "
        f"found in {clone}: {data['sha256']}; DVC did not keep it. Restore the file"
    ]
    update(copy, data=data | {"sha256": "0" * 64, "dvc": "1" * 32})
    assert f"DVC kept it as {'1' * 32}, and no .dvc file of the commit names that hash" in rerun(clone, "runs/copy")[1]


def test_what_was_tampered_with_is_told_with_how_far_it_is_off(clone: Path, copy: Path) -> None:
    weights = safetensors.torch.load_file(copy / "bundle/weights.safetensors")
    name = max(weights)
    weights[name] += 0.5
    safetensors.torch.save_file(weights, copy / "bundle/weights.safetensors")
    metrics = json.loads((copy / "metrics.json").read_text())
    metrics["test"]["accuracy"] -= 0.125
    (copy / "metrics.json").write_text(json.dumps(metrics))
    status, said = rerun(clone, "runs/copy")
    assert status == 1
    assert "weights         the file was changed after the run" in said
    assert f"weights         apart by at most 0.5, in {name}" in said
    assert "metrics         test/accuracy " in said
    assert "apart by 0.125\nnot the same\n" in said
    assert "history" not in said


def test_another_configuration_is_told_with_both_hashes(clone: Path, copy: Path) -> None:
    config = copy / "config.yaml"
    config.write_text(config.read_text().replace("lr: 0.001", "lr: 0.002"))
    status, said = rerun(clone, "runs/copy")
    assert status == 1
    assert f"configuration   hash {record_of(copy)['config_hash']} then, " in said
    assert "history         train/loss apart by at most " in said


def test_what_was_not_committed_is_part_of_the_code_if_the_person_says_so(clone: Path) -> None:
    status, said = rerun(clone, "runs/dirty")
    assert status == 2
    assert "runs/dirty/code.diff: to repeat this run runs Python code" in said
    status, said = rerun(clone, "runs/dirty", "allow_custom=true")
    assert "with the changes that were not committed then (code.diff)" in said
    assert status == 0, said


def test_a_commit_that_cannot_train_is_told_apart_from_another_result(clone: Path, copy: Path) -> None:
    commit = shell("git rev-parse HEAD", clone).strip()
    update(copy, git={"commit": commit, "branch": "main", "dirty": False})
    status, said = rerun(clone, "runs/copy")
    assert status == 4
    assert said.endswith(f"The training by the code of {commit[:12]} ended with 9.\n")
