"""Every block of the README is run, in order, in a fresh clone, as a new user would."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with what is not committed yet, and this environment in the place of its own."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("needs git and a checkout: DVC's experiments do")
    folder = tmp_path_factory.mktemp("clone") / "rookery"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
    return folder


def run(block: str, folder: Path) -> str:
    """What the block prints; fails if a line of it does."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "ROOKERY_"))}
    environment |= {"PATH": f"{folder}/.venv/bin:{os.environ['PATH']}", "MLFLOW_DISABLE_TELEMETRY": "true"}
    # exp run commits nothing, but git wants to know who stashes
    who = [f"GIT_{role}_{what}" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
    environment |= dict.fromkeys(who, "reader@example.org")
    shell = ["bash", "-euo", "pipefail", "-c", block]
    done = subprocess.run(shell, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def test_every_block_of_the_readme_works(clone: Path) -> None:
    assert [kind for kind, _ in BLOCKS] == ["sh", "sh", "sh", "sh", "sh", "python"]
    (_, make), (_, train), (_, everyday), (_, predict), (_, versions), (_, bundle) = BLOCKS

    # the environment is this one; `make test` is what runs this test
    repro, test = (line.split("#")[0] for line in make.strip().splitlines())
    first = run(f"{repro} -o .venv/ready", clone)
    assert re.search(r"^test +accuracy [\d.]+ ", first, re.MULTILINE)
    assert "run folder  build/run" in first
    assert "mlflow ui" in first
    assert "Data and pipelines are up to date" in run(f"{repro} -o .venv/ready", clone)
    run(f"{test} -n -o .venv/ready", clone)

    printed = run(train, clone)
    assert printed.splitlines()[-1].split() == ["species", "Adelie"]
    assert "Groups and their options" in run(everyday, clone)
    run(predict, clone)
    assert len((clone / "predictions.csv").read_text().splitlines()) == 345
    assert "model.hidden" in run(versions.replace("dvc params diff", "") + "dvc params diff\n", clone)
    (clone / "three_lines.py").write_text(bundle)
    assert "probability_Adelie" in run("PYTHONPATH=. python three_lines.py", clone)


def test_files_that_the_readme_names_exist() -> None:
    links = re.findall(r"\]\(([\w./-]+)\)", (ROOT / "README.md").read_text())
    assert len(links) >= 10
    assert [link for link in links if not (ROOT / link).exists()] == []
