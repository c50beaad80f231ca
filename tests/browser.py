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
    "--virtual-time-budget=20000",  # milliseconds that timers may see; waiting for the server does not count
)


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


def seen(url: str, picture: Path) -> Page:
    """The page when its scripts have come to rest; `picture` becomes a PNG of it. Skips where there is no Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed")
    picture.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        command = [program, *_FLAGS, f"--user-data-dir={profile}", "--window-size=1700,2400"]
        command += [f"--screenshot={picture}", "--dump-dom", url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    page = Page()
    page.feed(done.stdout)
    return page
