"""The run that stands for a grid: its jobs hang under it."""

from mlflow import MlflowClient

from src.tracking.snapshot import Snapshot, read_json
from src.tracking.store import find_run
from src.tracking.tags import process_tags


def find_parent(client: MlflowClient, experiment_id: str, job: Snapshot) -> str:
    """Its run id. Whichever job comes first makes it, also where the grid's folder does not tell about itself yet."""
    path = job.path.parent / "grid.json"
    facts = read_json(path) if path.exists() else {}
    if facts.get("uuid") != job.facts["parent"]:
        facts = {
            "uuid": job.facts["parent"],
            "name": f"grid {job.path.parent.name}",
            "started": job.facts["started"],
            "status": "running",
        }
    return str(find_run(client, [experiment_id], facts, process_tags(job.path.parent, facts)).info.run_id)
