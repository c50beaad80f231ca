"""What each operator of a training takes."""

from collections.abc import Callable
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from src.progress import History, Listener
from src.run_folder import RunFolder

_SHOWN = 40  # operators


class Profiler(Listener):
    """Profiles the second chunk of steps (or the second epoch, where an epoch is one chunk): the first one pays for
    what is set up once. Hands on to `listener` what it hears.

    profile/operators.txt of the run folder lists what took longest; profile/trace.json is for chrome://tracing.
    """

    def __init__(self, listener: Listener, folder: RunFolder) -> None:
        self.listener, self.folder, self.seen = listener, folder, 0
        activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if torch.cuda.is_available() else [])]
        self.profile = profile(activities=activities)

    def epoch_ended(self, row: History) -> None:
        self.listener.epoch_ended(row)

    def border(self, state: Callable[[], dict[str, Any]]) -> None:
        self.seen += 1
        if self.seen == 2:
            self.profile.stop()
            self._write()
        self.listener.border(state)
        if self.seen == 1 and state()["progress"]["ended_by"]:
            self.folder.say(f"{'profile':<12}none: the training ended with its first chunk of steps")
        elif self.seen == 1:
            self.profile.start()

    def _write(self) -> None:
        folder = self.folder.path / "profile"
        folder.mkdir(exist_ok=True)
        by = "self_device_time_total" if torch.cuda.is_available() else "self_cpu_time_total"
        table = self.profile.key_averages().table(sort_by=by, row_limit=_SHOWN)
        (folder / "operators.txt").write_text(table, encoding="utf-8")
        self.profile.export_chrome_trace(str(folder / "trace.json"))
        self.folder.say(f"{'profile':<12}{folder / 'operators.txt'}, trace.json (for chrome://tracing)")
