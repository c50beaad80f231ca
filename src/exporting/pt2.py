"""The model as one file of PyTorch: `torch.export.load` reads it, and nothing else is needed to run it.

Torch has no strings: texts are given as codes, by the rule in `extra/rookery.json` inside the file.
"""

import io
import json
import zipfile
from typing import Any

import polars as pl
import torch
from torch.export import ExportedProgram

from src.exporting.about import KEY
from src.exporting.answering import Answering, prediction_of
from src.exporting.fed import coded
from src.exporting.traced import quiet
from src.heads.head import Prediction
from src.inference import Predictor

DESCRIPTION = f"{KEY}.json"
"""Name of the extra file."""

_EXAMPLE = "sample_inputs/model.pt"  # what torch traced with, pickled; nobody needs it


def pt2_file(program: ExportedProgram, description: dict[str, Any]) -> bytes:
    """Without the one part of such a file that torch pickles."""
    written, buffer = io.BytesIO(), io.BytesIO()
    with quiet():
        torch.export.save(program, written, extra_files={DESCRIPTION: json.dumps(description, ensure_ascii=False)})
    with zipfile.ZipFile(written) as before, zipfile.ZipFile(buffer, "w") as archive:
        for info in before.infolist():
            content = b"" if info.filename.endswith(_EXAMPLE) else before.read(info)
            archive.writestr(zipfile.ZipInfo(info.filename), content)
    return buffer.getvalue()


class Pt2Answers:
    """As whoever has only the file would ask it."""

    def __init__(self, content: bytes, answering: Answering) -> None:
        self.answering = answering
        with quiet():
            self.module = torch.export.load(io.BytesIO(content)).module()

    @torch.no_grad()
    def __call__(self, predictor: Predictor, rows: pl.DataFrame) -> Prediction:
        given = (torch.tensor(coded(each, rows, predictor.features)) for each in self.answering.inputs.given)
        answers = dict(zip(self.answering.names, self.module(*given), strict=True))
        return prediction_of(answers, predictor.features.output)
