"""The web server of one model: POST /predict, GET /health, GET /metrics, a page at / and /docs."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import polars as pl
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field, conlist, create_model

from src.data.names import shortened
from src.errors import DataError
from src.inference import Predictor
from src.serving.batcher import Batcher
from src.serving.measures import Measures
from src.serving.page import page
from src.serving.refusal import Mistake, Problem, RefusedError
from src.serving.rows import MOST_ROWS, RowReader

MOST_BYTES = 16 << 20
"""Of the body of a request."""

_JSON = "application/json"
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class Health(BaseModel):
    """That the server answers, and with which model."""

    status: str = "ok"
    target: str
    task: str
    run: str | None = Field(description="uuid of the run that trained the model")


def application(predictor: Predictor) -> FastAPI:
    """An ASGI application. It answers as `Predictor.predict` does (see `Batcher`)."""
    measures, reader = Measures(), RowReader(predictor.features, predictor.example)
    batcher = Batcher(predictor, reader, measures.batches.observe)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        batcher.close()

    output = predictor.features.output
    app = FastAPI(title=f"Rookery: {shortened(output.name)}", version=_version(predictor), lifespan=lifespan)

    @app.post("/predict", summary="Predicts rows", **_described(predictor, reader))
    async def predict(request: Request) -> Response:
        started, status, rows = time.perf_counter(), 500, 0
        try:
            answers = await _answers(request, reader, batcher)
            status, rows = 200, len(answers)
            return Response(json.dumps({"predictions": answers}), media_type=_JSON)
        except RefusedError as refused:
            status = refused.status
            return Response(refused.problem.model_dump_json(), status, media_type=_JSON)
        finally:
            measures.answered(status, time.perf_counter() - started, rows)

    @app.get("/health", summary="Whether the server answers")
    async def health() -> Health:
        return Health(target=output.name, task=output.task, run=predictor.bundle.facts.get("run"))

    @app.get("/metrics", summary="Counters for Prometheus", response_class=Response)
    async def metrics() -> Response:
        return Response(measures.text(), media_type=_PROMETHEUS)

    @app.get("/", include_in_schema=False)
    async def people(request: Request) -> HTMLResponse:
        return HTMLResponse(page(predictor, reader, str(request.base_url).rstrip("/")))

    return app


async def _answers(request: Request, reader: RowReader, batcher: Batcher) -> list[dict[str, Any]]:
    rows = reader.rows(await _body(request))
    try:
        return await batcher.predict(rows)
    except DataError as error:
        raise RefusedError(422, [Mistake(message=str(error))]) from None


async def _body(request: Request) -> bytes:
    """Never more in memory than is allowed, whatever the client announces."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            message = f"the body has more than {MOST_BYTES >> 20} MiB; send the rows in several requests"
            raise RefusedError(413, [Mistake(message=message)])
    return bytes(body)


def _described(predictor: Predictor, reader: RowReader) -> dict[str, Any]:
    """The page of /docs: what FastAPI would read off a handler that took the rows as an argument."""
    nothing = reader.table([])
    answer = create_model("Answer", **_fields(predictor.predict(nothing)))
    answers = create_model("Answers", predictions=(conlist(answer), ...))
    refused = {"model": Problem, "description": "what is wrong, and where"}
    body = {"required": True, "content": {_JSON: {"schema": reader.schema}}}
    return {
        "description": f"A list of rows, {MOST_ROWS} at most, each with all columns; null is a missing cell.",
        "openapi_extra": {"requestBody": body},
        "responses": {200: {"model": answers}, 413: refused, 422: refused},
    }


def _fields(predictions: pl.DataFrame) -> dict[str, Any]:
    """A field for each column; names that Python could not have stand as aliases."""
    columns = [(each.dtype.to_python(), Field(alias=each.name, title=each.name)) for each in predictions]
    return {f"field_{number}": column for number, column in enumerate(columns)}


def _version(predictor: Predictor) -> str:
    return str(predictor.bundle.facts.get("config_hash", "0"))
