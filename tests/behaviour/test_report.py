"""report.html of finished runs: what it shows, to whom, and that it costs the run nothing."""

import html
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from src import stage
from src.data import cache
from src.errors import ConfigError
from src.evaluation import evaluate
from src.machine import ROOT
from src.run_folder import RunFolder
from tests.browser import command as chromium
from tests.short_run import config_of, dataset_of, result_of, run_in, table_of

REPORT = "evaluation.report=true"
SECTIONS = ["about", "network", "learning", "metrics", "answers", "slices", "importance", "dependence", "worst", "data"]


def tables(folder: Path) -> dict[str, Path]:
    """conf folders: of the mixed table by its target, and of numbers, labels and few rows."""
    rng, n = np.random.default_rng(0), 240
    x, colour = rng.normal(size=n), rng.choice(["red", "green <b>", "blue"], n)
    numbers: dict[str, Any] = {
        "price": 3 * x + rng.normal(size=n),
        "age": rng.normal(size=n),
        "x": [None if number == 3 else value for number, value in enumerate(x)],
        "colour": colour,
        "day": [f"2024-{1 + number % 12:02}-{1 + number % 28:02}" for number in range(n)],
        "weight": rng.uniform(0.5, 2, n),
    }
    numbers |= {"kind": np.where(x > 0, "yes", "no"), "wet": (x > 1) * 1, "warm": (numbers["age"] > 0) * 1}
    numbers |= {"rain <mm>": numbers["wet"]}
    csv = pl.DataFrame(numbers, strict=False).write_csv()
    columns = {"numeric": ["x", "age"], "categorical": ["colour"], "datetime": ["day"]}
    made = {
        "numbers": {"target": ["price", "rain <mm>"], "task": "regression", "columns": columns},
        "price": {"target": "price", "columns": columns, "weight": "weight"},
        "kind": {"target": "kind", "columns": columns},
        "labels": {"target": ["wet", "warm"], "task": "multilabel", "columns": columns | {"numeric": ["x"]}},
    }
    confs = {}
    for name, dataset in made.items():
        (folder / name).mkdir()
        confs[name] = dataset_of(folder / name, csv, dataset)
    return confs


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Run folders with reports, by what is predicted."""
    folder = tmp_path_factory.mktemp("reports")
    confs, short = tables(folder), ("dataset=own", "trainer.max_epochs=2", "model.hidden=[8]", REPORT)
    own = {"price": ["loss=quantile", "prediction.coverage=0.8"], "numbers": ["loss=gaussian_nll"]}
    own["kind"] = ["prediction.coverage=0.9"]
    for name, conf in confs.items():
        run_in(folder / f"run {name}", *short, *own.get(name, []), config_dir=conf)
    run_in(folder / "run lesson", "experiment=penguins_lesson", REPORT, "trainer.max_epochs=10")
    return {name: folder / f"run {name}" for name in (*confs, "lesson")}


def text_of(run: Path) -> str:
    return (run / "report.html").read_text()


def told(run: Path, section: str) -> str:
    """The text of a section, titles of marks too."""
    content = re.search(rf'<section id="{section}">(.*?)</section>', text_of(run), re.DOTALL)
    assert content is not None
    return html.unescape(re.sub(r"<[^>]+>", " ", content[1]))


@pytest.mark.parametrize("name", ["lesson", "kind", "labels", "price", "numbers"])
def test_the_report_is_one_small_file_with_every_section(runs: dict[str, Path], name: str) -> None:
    text = text_of(runs[name])
    assert [*re.findall(r'<section id="(\w+)">', text)] == [*SECTIONS, "again"]
    assert len(text.encode()) < 400_000
    assert not re.search(r'<script|@import|url\(|(src|href)="(?!#)', text)
    assert "<b>&" not in text.replace("&lt;b&gt;", "")
    assert "nan" not in re.sub(r"[a-z]*nan[a-z]+|[a-z]+nan", "", text.lower())


def test_the_report_tells_the_metrics_of_the_run_with_intervals(runs: dict[str, Path]) -> None:
    metrics = json.loads((runs["lesson"] / "metrics.json").read_text())
    cells = r"<tr><td>(\w+)</td>" + r'<td class="number">([^<]+)</td>' * 3 + "</tr>"
    lines = re.findall(cells, text_of(runs["lesson"]))
    found = {
        name: (float(test), *map(float, interval.split(" to ")), float(other)) for name, test, interval, other in lines
    }
    assert [*found] == [*metrics["test"]]
    for name, (test, low, high, validation) in found.items():
        assert test == pytest.approx(metrics["test"][name], rel=1e-3)
        assert validation == pytest.approx(metrics["validation"][name], rel=1e-3)
        assert low <= test * 1.01
        assert high >= test * 0.99


def test_each_task_has_its_pictures(runs: dict[str, Path]) -> None:
    titles = {name: {*re.findall(r"<h3>([^<]+)</h3>", text_of(run))} for name, run in runs.items()}
    classes = {"ROC", "Precision and recall", "Calibration"}
    assert classes | {"Confusion matrix (test rows)", "Scores: by true class"} <= titles["kind"]
    assert classes | {"Scores: wet", "Scores: warm"} <= titles["labels"]
    assert {"True against predicted", "Residuals", "Error by truth", "Coverage", "learning rate"} <= titles["price"]
    assert {"price", "rain &lt;mm&gt;", "Coverage"} <= titles["numbers"]


def test_columns_are_told_by_their_raw_values(runs: dict[str, Path]) -> None:
    slices, importance = told(runs["kind"], "slices"), told(runs["kind"], "importance")
    assert "colour: green <b>" in slices
    assert "day: 2024-" in slices
    assert {"x", "age", "colour", "day"} <= {*importance.split()}
    assert "2024-" in told(runs["kind"], "worst")
    assert "each row counts as its weight says" in told(runs["price"], "metrics")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("lesson", "to the probability of the predicted class"),
        ("kind", "to the probability of the predicted class"),
        ("labels", "to the probability of the label that is most wrong"),
        ("price", "to the predicted value, in its unit"),
        ("numbers", "of the target that is farthest off in standard deviations"),
    ],
)
def test_of_each_of_the_worst_rows_the_columns_that_pushed_it_are_told(
    runs: dict[str, Path], name: str, what: str
) -> None:
    section = re.search(r'<section id="worst">(.*?)</section>', text_of(runs[name]), re.DOTALL)
    assert section is not None
    rows = re.findall(r"<tr><td>(\d+)</td>", section[1])
    assert rows == re.findall(r"<h3>Row (\d+)[:,] ", section[1])
    assert len(re.findall("<svg", section[1])) == len(rows) > 0
    assert what in told(runs[name], "worst")


def test_the_report_says_how_to_make_the_same_again(runs: dict[str, Path]) -> None:
    run = runs["lesson"]
    again = told(run, "again")
    assert f"python -m src.rerun '{run}'" in again
    assert f"python -m src.predict 'model={run}' input=FILE.csv" in again
    assert (run / "config.yaml").read_text().strip() in again
    assert json.loads((run / "run.json").read_text())["git"]["commit"][:12] in told(run, "about")


def test_curves_are_tables_for_dvc(runs: dict[str, Path]) -> None:
    plots = {name: {path.name for path in (run / "plots").glob("*.csv")} for name, run in runs.items()}
    curves = {"roc.csv", "precision_recall.csv", "calibration.csv", "importance.csv"}
    assert curves | {"confusion.csv"} <= plots["lesson"]
    assert curves | {"labels.csv"} <= plots["labels"]
    assert "importance.csv" in plots["price"]
    assert not curves - {"importance.csv"} & plots["price"]
    roc = pl.read_csv(runs["lesson"] / "plots" / "roc.csv")
    assert roc.columns == ["false_positive_rate", "true_positive_rate", "of"]
    assert {*roc["of"]} == {"Adelie", "Chinstrap", "Gentoo"}


def test_the_report_changes_nothing_of_the_result_and_can_be_left_out(
    runs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "src.attribution", None)  # without a report nothing asks for captum
    run_in(tmp_path / "run", "experiment=penguins_lesson", "trainer.max_epochs=10")
    assert not (tmp_path / "run" / "report.html").exists()
    assert result_of(tmp_path / "run") == result_of(runs["lesson"])
    with_report, without = (config_of("experiment=penguins_lesson", *more) for more in ([REPORT], []))
    assert with_report.hash == without.hash


def test_an_evaluation_once_more_gives_the_same_report(runs: dict[str, Path]) -> None:
    run, before = runs["lesson"], text_of(runs["lesson"])
    config = config_of("experiment=penguins_lesson", REPORT)
    prepared = cache.prepared(config.dataset, ROOT, ROOT / cache.FOLDER)
    evaluate(run, prepared, RunFolder.reopen(run).history(), config.evaluation)
    assert text_of(run) == before


def test_three_test_rows_of_which_no_metric_is_defined_have_a_report_too(tmp_path: Path) -> None:
    parts = ["train"] * 20 + ["validation"] * 7 + ["test"] * 3
    rows = {"y": [*["a", "b"] * 13, "a", "a", "a", "a"], "x": range(30), "part": parts}
    conf = table_of(tmp_path, rows, split={"by": "column", "column": "part"}, columns={"numeric": ["x"]})
    run_in(
        tmp_path / "run", "dataset=own", "trainer.max_epochs=1", "trainer.metrics=[roc_auc]", REPORT, config_dir=conf
    )
    assert "No column divides the test rows" in told(tmp_path / "run", "slices")
    assert "roc_auc" not in told(tmp_path / "run", "metrics")
    assert "drop of accuracy" in told(tmp_path / "run", "importance")


def test_knobs_of_a_report_that_is_not_made_are_refused() -> None:
    sentence = r"evaluation.resamples: has an effect in the report only; take evaluation.report: true"
    with pytest.raises(ConfigError, match=sentence):
        config_of("evaluation.resamples=500")


def test_dvc_whose_stage_makes_a_report_cannot_go_without(monkeypatch: pytest.MonkeyPatch) -> None:
    without = SimpleNamespace(config=config_of())
    monkeypatch.setattr("src.config.compose.compose", lambda _: without)
    with pytest.raises(ConfigError, match=r"evaluation.report: must be true here, for dvc.yaml lists report.html"):
        stage.compose()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, int, str], dict[str, Any]]:
    """What a page says of itself to headless Chromium at a width (pixels) and in a colour scheme."""
    folder = tmp_path_factory.mktemp("browser")

    def ask(report: Path, width: int, scheme: str) -> dict[str, Any]:
        """In a frame of that width, since windows have a least one."""
        page = folder / "page.html"
        text = report.read_text().replace("<head>", f'<head><meta name="color-scheme" content="{scheme}">', 1)
        page.write_text(text.replace("</body>", f"<script>{_ASK}</script></body>"))
        (folder / "frame.html").write_text(_FRAME.format(width=width, scheme=scheme))
        options = ("--virtual-time-budget=3000", "--allow-file-access-from-files", "--enable-logging=stderr")
        asked = [*chromium(folder / "profile"), *options, "--dump-dom", (folder / "frame.html").as_uri()]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=120, check=True)
        assert "CONSOLE" not in done.stderr, done.stderr
        answer = re.search(r"<title>(\{.*?\})</title>", done.stdout)
        assert answer is not None, done.stdout[-2000:]
        found: dict[str, Any] = json.loads(html.unescape(answer[1]))
        return found

    return ask


_FRAME = """<!doctype html><title></title><body style="margin:0;color-scheme:{scheme}">
<script>onmessage = event => document.title = event.data</script>
<iframe src="page.html" style="width:{width}px;height:900px;border:0"></iframe></body>"""

_ASK = """parent.postMessage(JSON.stringify({
    width: document.documentElement.clientWidth, needed: document.documentElement.scrollWidth,
    headings: [...document.querySelectorAll("h2")].map(each => each.textContent),
    pictures: [...document.querySelectorAll("svg")].map(each => each.getBoundingClientRect().width),
    page: getComputedStyle(document.body).backgroundColor, text: getComputedStyle(document.body).color
}), "*")"""


@pytest.mark.parametrize(
    ("name", "scheme", "page", "text"),
    [
        ("lesson", "light", "rgb(255, 255, 255)", "rgb(27, 31, 36)"),
        ("price", "dark", "rgb(20, 23, 27)", "rgb(230, 233, 237)"),
    ],
)
def test_a_browser_shows_the_report_on_a_phone_in_both_colour_schemes(
    runs: dict[str, Path],
    browser: Callable[[Path, int, str], dict[str, Any]],
    name: str,
    scheme: str,
    page: str,
    text: str,
) -> None:
    found = browser(runs[name] / "report.html", 400, scheme)
    assert found["width"] == found["needed"] == 400
    assert found["headings"][0] == "What was trained"
    assert len(found["headings"]) == len(SECTIONS) + 1
    assert len(found["pictures"]) > 8
    assert all(250 < width < 400 for width in found["pictures"])
    assert (found["page"], found["text"]) == (page, text)


def test_a_run_says_how_it_predicts_in_words_for_a_shell(runs: dict[str, Path]) -> None:
    last = (runs["lesson"] / "log.txt").read_text().splitlines()[-1]
    assert last == f"predict     python -m src.predict 'model={runs['lesson']}' input=FILE.csv output=FILE.csv"
