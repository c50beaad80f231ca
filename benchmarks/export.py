"""How long an answer takes: the model in Python, and its exported files, for one row and for many.

    python -m benchmarks.export model=RUN                trains nothing; RUN is a run folder
    python -m benchmarks.export model=RUN rows=100000 repeats=5

Each is given the raw rows that the bundle keeps, repeated: `src.predict` a table, the files a tensor for each column.
Of each the fastest counts, since anything else on the machine only adds time.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import onnxruntime
import polars as pl
import torch

from src import arguments
from src.exporting.answering import Answering
from src.exporting.export import export
from src.exporting.fed import coded, fed
from src.inference import Predictor
from src.model_folder import bundle_folder
from src.parity import kept_rows

OPTIONS = {"model": "a run folder: model=RUN", "rows": "of the large table", "repeats": "how often each is measured"}


def measured(folder: Path, rows: int, repeats: int) -> dict[str, dict[int, float]]:
    """Seconds, by way and number of rows."""
    predictor = Predictor.load(folder)
    answering = Answering(predictor.bundle.network, predictor.features)
    inputs = answering.inputs.given
    with tempfile.TemporaryDirectory() as name:
        onnx, pt2 = Path(name) / "m.onnx", Path(name) / "m.pt2"
        export(folder, "onnx", onnx)
        export(folder, "pt2", pt2)
        session, module = onnxruntime.InferenceSession(onnx), torch.export.load(pt2).module()
    found: dict[str, dict[int, float]] = {"src.predict": {}, "PyTorch (pt2)": {}, "onnxruntime": {}}
    for count in (1, rows):
        frame = _repeated(kept_rows(predictor), count)
        cells = {each.name: fed(each, frame, predictor.features) for each in inputs}
        tensors = [torch.tensor(coded(each, frame, predictor.features)) for each in inputs]
        found["src.predict"][count] = _fastest(partial(predictor.predict, frame), repeats)
        found["PyTorch (pt2)"][count] = _fastest(partial(module, *tensors), repeats)
        found["onnxruntime"][count] = _fastest(partial(session.run, None, cells), repeats)
    return found


def _repeated(frame: pl.DataFrame, count: int) -> pl.DataFrame:
    return pl.concat([frame] * (count // frame.height + 1)).head(count)


def _fastest(action: Callable[[], object], repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        with torch.no_grad():
            action()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def main() -> None:
    options = arguments.read(sys.argv[1:], OPTIONS, required=["model"])
    rows, repeats = int(options.get("rows", 100_000)), int(options.get("repeats", 9))
    found = measured(bundle_folder(options["model"]), rows, repeats)
    print("| way | 1 row | " + f"{rows:,} rows |\n|---|---|---|")
    for way, seconds in found.items():
        print(f"| {way} | " + " | ".join(f"{1000 * each:.2f} ms" for each in seconds.values()) + " |")


if __name__ == "__main__":
    main()
