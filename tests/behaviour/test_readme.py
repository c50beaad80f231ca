"""Every block of the README is run, in order, in a fresh clone, as a new user would."""

import re
from pathlib import Path

from tests.clone import ROOT, clone_into, shell

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def test_every_block_of_the_readme_works(tmp_path: Path) -> None:
    clone = clone_into(tmp_path / "rookery")
    assert [kind for kind, _ in BLOCKS] == ["sh"] * 8 + ["python"]
    make, train, everyday, network, population, own, predict, versions, bundle = (text for _, text in BLOCKS)

    # the environment is this one; `make test` is what runs this test
    repro, test = (line.split("#")[0] for line in make.strip().splitlines())
    first = shell(f"{repro} -o .venv/ready", clone)
    assert re.search(r"^test +accuracy [\d.]+ ", first, re.MULTILINE)
    assert "run folder  build/run" in first
    assert "mlflow ui" in first
    assert "Data and pipelines are up to date" in shell(f"{repro} -o .venv/ready", clone)
    shell(f"{test} -n -o .venv/ready", clone)

    printed = shell(train, clone)
    assert printed.splitlines()[-1].split() == ["species", "Adelie"]
    assert "Groups and their options" in shell(everyday, clone)
    assert shell(network, clone).splitlines()[-1].split() == ["species", "Adelie"]
    side_by_side = shell(population, clone)
    assert "4 runs side by side" in side_by_side
    assert re.search(r"^3  .* 0$", side_by_side, re.MULTILINE)
    assert "nothing grave; nothing was trained" in shell(own, clone)
    shell(predict, clone)
    assert len((clone / "predictions.csv").read_text().splitlines()) == 345
    shell(versions, clone)
    assert "model.hidden" in shell("dvc params diff", clone)
    (clone / "three_lines.py").write_text(bundle)
    assert "probability_Adelie" in shell("PYTHONPATH=. python three_lines.py", clone)


def test_files_that_the_readme_names_exist() -> None:
    links = re.findall(r"\]\(([\w./-]+)\)", README)
    assert len(links) >= 10
    assert [link for link in links if not (ROOT / link).exists()] == []
