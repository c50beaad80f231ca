"""A trained model as one file for somewhere else, and the proof that it answers as the model does."""

import json
import tempfile
from pathlib import Path
from typing import Any

import onnx
import polars as pl

from src import atomic, bundle_archive, parity
from src.errors import MachineError
from src.exporting.about import KEY, about
from src.exporting.answering import Answering
from src.exporting.card import card
from src.exporting.loss import Answers, loss_of
from src.exporting.onnx_answers import OnnxAnswers
from src.exporting.onnx_model import onnx_model
from src.exporting.pt2 import Pt2Answers, pt2_file
from src.exporting.quantised import quantised
from src.exporting.traced import traced
from src.inference import Predictor, table


def export(folder: Path, format: str, path: Path, int8: bool = False, allow_custom: bool = False) -> list[str]:
    """`folder` of the bundle; `format`: onnx, pt2 or bundle; `int8`: of ONNX, the weights as such. Returns what was
    proved, which also stands in the card beside the file (in the bundle: its README.md).

    Raises MachineError if the file would answer otherwise than the model: then none is left. ConfigError if torch
    cannot follow the network, or if it would have to run code and may not.
    """
    predictor = Predictor.load(folder, allow_custom)
    if format == "bundle":
        content = bundle_archive.packed(folder)
        proved = _proved(predictor, format, _of_archive(content, allow_custom))
        atomic.write_bytes(path, content)
        return proved
    answering = Answering(predictor.bundle.network, predictor.features)
    said = about(predictor.bundle, answering, strings=format == "onnx")
    if format == "onnx":
        content, proved = _onnx(predictor, answering, said, folder if int8 else None)
    else:
        content, proved = _pt2(predictor, answering, said)
    atomic.write_bytes(path, content)
    atomic.write_bytes(path.with_name(f"{path.name}.md"), card(path.name, format, said, proved).encode())
    return proved


def _onnx(
    predictor: Predictor, answering: Answering, said: dict[str, Any], int8_of: Path | None
) -> tuple[bytes, list[str]]:
    """`int8_of`: the folder of the bundle, if weights become integers."""
    model = onnx_model(answering, traced(answering))
    whole = model.SerializeToString()
    proved = _proved(predictor, "onnx", _table_of(OnnxAnswers(whole, answering)))
    if int8_of is not None:
        small = quantised(model)
        loss = loss_of(OnnxAnswers(small, answering), predictor, int8_of)
        proved = [*proved, f"then int8, {len(small):,} bytes in place of {len(whole):,}; {loss}"]
        model = onnx.load_model_from_string(small)
    described = said | {"proved": proved}
    shown = {KEY: described, "classes": said["classes"], "columns": [each["name"] for each in said["inputs"]]}
    texts = {name: json.dumps(value, ensure_ascii=False) for name, value in shown.items()}
    onnx.helper.set_model_props(model, texts | {key: str(said[key]) for key in ("run", "config_hash")})
    return model.SerializeToString(), proved


def _pt2(predictor: Predictor, answering: Answering, said: dict[str, Any]) -> tuple[bytes, list[str]]:
    program = traced(answering)
    proved = _proved(predictor, "pt2", _table_of(Pt2Answers(pt2_file(program, said), answering)))
    return pt2_file(program, said | {"proved": proved}), proved


def _proved(predictor: Predictor, format: str, way: parity.Way) -> list[str]:
    found = parity.of_kept_rows(predictor, {format: way})
    if found.failures:
        raise MachineError(f"No file was written, since it would not answer as the model: {found.failures[format]}")
    return found.sentences()


def _table_of(answers: Answers) -> parity.Way:
    return lambda predictor, rows: table(answers(predictor, rows), predictor.features.output)


def _of_archive(content: bytes, allow_custom: bool) -> parity.Way:
    def way(_predictor: Predictor, rows: pl.DataFrame) -> pl.DataFrame:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bundle.zip"
            path.write_bytes(content)
            return Predictor.load(bundle_archive.unpacked(path, Path(folder)), allow_custom).predict(rows)

    return way
