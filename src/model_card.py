"""The README.md of a bundle: what the model is, for somebody who finds only the folder."""

from typing import Any

from src.config.config import Config
from src.data.prepared import Prepared
from src.task import Task


def write(config: Config, prepared: Prepared, versions: dict[str, Any], best: dict[str, float]) -> str:
    """Markdown."""
    features, facts = prepared.features, prepared.facts
    output, rows = features.output, facts["rows"]
    answer = "a number" if output.task is Task.REGRESSION else f"one of {', '.join(output.classes)}"
    columns = "\n".join(f"- `{name}` ({kind})" for name, kind in features.raw_columns.items())
    measured = "\n".join(f"- {name}: {value:.4g}" for name, value in best.items())
    return f"""# {config.dataset.name}: {output.target}

Predicts `{output.target}` ({output.task.value}): {answer}.

Needs these columns of the table; missing cells are allowed, unseen categories too:

{columns}

Trained on {rows["train"]} rows of `{facts["path"]}` (SHA-256 `{facts["sha256"]}`), the best epoch chosen on
{rows["validation"]} validation rows:

{measured}

Network: {config.model.name}, hidden {config.model.hidden}, activation {config.model.activation}.
Configuration hash `{config.hash}`; torch {versions["torch"]}.

```python
from src.inference import Predictor
predictor = Predictor.load("this folder")
print(predictor.predict(polars_data_frame))
```
"""
