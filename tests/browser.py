"""A page as a person sees it, in headless Chromium."""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"),
)
_BUDGETS = (20_000, 60_000, 180_000)
"""Milliseconds that the timers of the page may see, which pass at once; on a busy machine some work of the browser
takes more of them."""


@dataclass
class Page(HTMLParser):
    """`rows`: the cells of each row of a table; `text`: all that is written on the page."""

    rows: list[list[str]] = field(default_factory=list)
    text: str = ""
    _in_cell: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag not in ("td", "th", "tr")

    def handle_data(self, data: str) -> None:
        self.text += f"{data}\n"
        if self._in_cell:
            self.rows[-1][-1] += data


def seen(url: str, picture: Path, shows: str) -> Page:
    """The page when it shows that text, or has had time enough; `picture` becomes a PNG of it. Skips where there is no
    Chromium."""
    page = Page()
    for budget in _BUDGETS:
        page = _seen(url, picture, budget)
        if shows in page.text:
            break
    return page


def command(profile: str | Path) -> list[str]:
    """Headless Chromium with a folder for what it keeps. Skips where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed")
    return [program, *_FLAGS, f"--user-data-dir={profile}"]


def _seen(url: str, picture: Path, budget: int) -> Page:
    picture.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        options = ["--window-size=1700,2400", f"--virtual-time-budget={budget}", f"--screenshot={picture}"]
        asked = [*command(profile), *options, "--dump-dom", url]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=120, check=True)
    page = Page()
    page.feed(done.stdout)
    return page
