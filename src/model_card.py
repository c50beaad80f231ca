"""The README.md of a bundle: what the model is, for somebody who finds only the folder."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from src import custom_code
from src.config.config import Config
from src.config.custom import Custom
from src.config.dates import ISO
from src.data.encoders.ordered import Ordered
from src.data.features import Features
from src.data.names import listed, shortened
from src.data.prepared import Prepared
from src.fitted import sentences
from src.spec import OutputSpec
from src.task import Task


def write(
    config: Config,
    prepared: Prepared,
    versions: dict[str, Any],
    best: Sequence[dict[str, float]],
    parity: Sequence[str],
) -> str:
    """Markdown. `best`: what was measured on the validation rows in the best epoch of each member; `parity`: sentences
    about whether it answers alike, whichever way rows come (`src.parity`)."""
    features, facts = prepared.features, prepared.facts
    output, rows = features.output, facts["rows"]
    columns = "\n".join(f"- `{name}` ({_cells(features, name)})" for name in features.raw_columns)
    of_its_own = isinstance(config.model, Custom)
    measured = "\n".join(f"- {name}: {_measured([each[name] for each in best])}" for name in best[0])
    alike = "\n".join(f"- {sentence}" for sentence in parity)
    return f"""# {config.dataset.name}: {output.name}

Predicts `{output.name}` ({output.task.value}): {_answer(output)}.{_weighting(config)}

Needs these columns of the table; missing cells are allowed, unseen categories too:

{columns}

Trained on {rows["train"]} rows of `{facts["path"]}` (SHA-256 `{facts["sha256"]}`), the best epoch chosen on
{rows["validation"]} validation rows:

{measured}

{_fitted(output)}\
Network: {_network(config)}.{f" Loading it runs the Python code in {custom_code.COPY}." if of_its_own else ""}
Configuration hash `{config.hash}`; torch {versions["torch"]}.

Whether the answers are the same whichever way rows come:

{alike}

```python
from src.inference import Predictor
predictor = Predictor.load("this folder"{", allow_custom=True" if of_its_own else ""})
print(predictor.predict(polars_data_frame))
```
"""


def _answer(output: OutputSpec) -> str:
    match output.task:
        case Task.REGRESSION:
            beside = f", with {', '.join(output.beside)}" if output.beside else ""
            return ("a number" if len(output.targets) == 1 else f"{len(output.targets)} numbers") + beside
        case Task.MULTILABEL:
            return "0 or 1 for each"
    return f"one of {', '.join(map(shortened, output.classes))}{', with a set of them' * output.has_sets}"


def _fitted(output: OutputSpec) -> str:
    """A paragraph, if anything was fitted after the training."""
    lines = "".join(f"- {each}\n" for each in sentences(output))
    return f"Fitted after the training, on the same validation rows:\n\n{lines}\n" if lines else ""


def _measured(values: Sequence[float]) -> str:
    """`0.25`, or `0.25 on average over the members (0.2, 0.3)`"""
    shown = [f"{value:z.4g}" for value in values]
    return shown[0] if len(shown) == 1 else f"{fmean(values):.4g} on average over the members ({', '.join(shown)})"


def _network(config: Config) -> str:
    """`mlp, categorical auto, ..., hidden [10, 10]`"""
    settings = {key: value for key, value in config.model.model_dump().items() if key not in ("name", "ensemble")}
    described = ", ".join([config.model.name, *(f"{key} {_setting(value)}" for key, value in settings.items())])
    members = config.model.ensemble
    return described if members == 1 else f"the mean of {members} that differ in their seed only, each {described}"


def _setting(value: Any) -> str:
    """A section as `name (key value, ...)`."""
    if not isinstance(value, dict):
        return str(value)
    keys = ", ".join(f"{key} {each}" for key, each in value.items() if key != "name")
    return " ".join([*([value["name"]] if "name" in value else []), *([f"({keys})"] if keys else [])]) or "none"


def _weighting(config: Config) -> str:
    weight = config.dataset.weight
    return f" Rows count as their `{weight}` says." if weight else ""


def _cells(features: Features, name: str) -> str:
    """What a cell of the column may be."""
    if (form := features.columns.datetime.get(name)) is not None:
        return "date like 2024-05-31 13:45" if form == ISO else f"date in the form {form}"
    encoder = next((each for each in features.encoders if each.name == name), None)
    return f"one of {listed(encoder.values)}" if isinstance(encoder, Ordered) else features.raw_columns[name]
