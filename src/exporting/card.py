"""The card beside an exported file, FILE.md: how it is asked, and what was proved of it."""

import json
from collections.abc import Sequence
from typing import Any

_CALLS = {
    "onnx": """import numpy, onnxruntime
session = onnxruntime.InferenceSession("{file}")
answers = session.run(None, {{
{cells}
}})
print(dict(zip([each.name for each in session.get_outputs()], answers)))""",
    "pt2": """import json, torch
extra = {{"rookery.json": ""}}
model = torch.export.load("{file}", extra_files=extra).module()
answers = model(
{cells}
)
print(dict(zip(json.loads(extra["rookery.json"])["outputs"], answers)))""",
}
_CELLS = {
    "onnx": {
        "number": "numpy.array([[0.0]])",
        "text": "numpy.array([[{text}]], object)",
        "date": 'numpy.array([["2024-05-31 13:45"]], "datetime64[us]").astype("int64")',
    },
    "pt2": {
        "number": "torch.tensor([[0.0]], dtype=torch.float64)",
        "text": "torch.tensor([[2]])",
        "date": "torch.tensor([[1_717_163_100_000_000]])",
    },
}


def card(file: str, format: str, about: dict[str, Any], proved: Sequence[str]) -> str:
    """Markdown. `about`: as `src.exporting.about` gives it."""
    inputs = "\n".join(map(_input, about["inputs"]))
    outputs = "\n".join(f"- `{name}`: {meaning}" for name, meaning in about["outputs"].items())
    proofs = "\n".join(f"- {sentence}" for sentence in proved)
    return f"""# {", ".join(about["targets"])}: {file}

Predicts {_question(about)}, from run `{about["run"]}` (configuration hash `{about["config_hash"]}`).

One input for each column, of any number of rows n:

{inputs}

Gives:

{outputs}

What was proved when it was written:

{proofs}

One row of made-up cells:

```python
{call(file, format, about)}
```

`src.predict` refuses text among numbers, infinite numbers and divisions by zero; a file cannot, so look at what you
give it. Texts are compared as they are: without spaces around them, in Unicode's composed form (NFC); 1, 1.0 and 1e0
are one category{", true and TRUE too" if format == "onnx" else " only if you write them alike, as in `known`"}.
"""


def _question(about: dict[str, Any]) -> str:
    classes = f", one of {', '.join(about['classes'])}" if about["classes"] else ""
    return f"`{', '.join(about['targets'])}` ({about['task']}{classes})"


def _input(given: dict[str, Any]) -> str:
    missing = f"; also missing: {', '.join(given['missing'])}" if "missing" in given else ""
    derived = f"; calculate it: `{given['derived']}`" if "derived" in given else ""
    return f"- `{given['name']}`: {given['cells']}{missing}{derived}"


def call(file: str, format: str, about: dict[str, Any]) -> str:
    """Python code that asks the file for one row."""
    return _CALLS[format].format(file=file, cells="\n".join(_cell(each, format) for each in about["inputs"]))


def _cell(given: dict[str, Any], format: str) -> str:
    cell = _CELLS[format][given["kind"]].format(text=json.dumps(given.get("known", [""])[0], ensure_ascii=False))
    return f"    {json.dumps(given['name'], ensure_ascii=False)}: {cell}," if format == "onnx" else f"    {cell},"
