"""What `dvc repro` has made and where to look at it.

python -m src.results
"""

import json
import sys
from pathlib import Path

from src import custom_code
from src.command_line import exit_code
from src.errors import MachineError
from src.stage import RUN


def show() -> None:
    """Raises MachineError if there are no results yet."""
    try:
        metrics = json.loads((RUN / "metrics.json").read_bytes())
    except OSError:
        raise MachineError(f"{RUN} holds no results yet; dvc repro makes them") from None
    from src.summary import shown
    from src.tracking.location import experiment_link

    print("\n".join(shown(metrics)))
    print(f"{'run folder':<12}{RUN}: metrics, predictions for each test row, plots/, bundle/")
    record = Path(RUN / "mlflow.json")
    if record.exists():
        mirrored = json.loads(record.read_bytes())
        lines = experiment_link(mirrored["tracking_uri"], mirrored["experiment_id"])
        print("\n".join(f"{'' if number else 'MLflow':<12}{line}" for number, line in enumerate(lines)))
    custom = (RUN / "bundle" / custom_code.COPY).exists()
    command = custom_code.command("src.predict", f"model={RUN}", "input=FILE.csv", "output=FILE.csv", custom=custom)
    print(f"{'predict':<12}{command}")


if __name__ == "__main__":
    sys.exit(exit_code(show))
