"""What one synchronisation did."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class SyncResult:
    """`record` says where the run is: tracking_uri, experiment_id, run_id, url (and more, see record.py)."""

    folder: Path
    record: dict[str, Any]
    sent: Counter[str]
    """How much was sent this time: parameters, metric values, files, models, versions of a registered model."""

    def __str__(self) -> str:
        what = ", ".join(f"{count} {name}" for name, count in self.sent.items() if count)
        told = f"; {self.record['registered']}" if self.sent["versions"] and "registered" in self.record else ""
        return f"{self.folder}: {f'sent {what}' if what else 'nothing new'}{told}; {self.record['url']}"
