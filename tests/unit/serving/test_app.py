"""The server in this process, without a port."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from typing import Any

import polars as pl
import pytest
import schemathesis
from httpx import ASGITransport, AsyncClient, Response
from hypothesis import HealthCheck, given, settings
from prometheus_client.parser import text_string_to_metric_families
from schemathesis import GenerationMode

from src.errors import MachineError
from src.inference import Predictor
from src.serving import app
from src.serving.app import application
from src.serving.proof import prove
from src.serving.rows import RowReader
from tests.untrained import predictor, table

ROWS = table(60, seed=2).select("mass", "length", "code", "colour").to_dicts()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return predictor(tmp_path_factory.mktemp("model"))


def asked(model: Predictor, *requests: dict[str, Any]) -> list[Response]:
    """The answers to requests that come all at once."""

    async def ask() -> list[Response]:
        async with AsyncClient(transport=ASGITransport(application(model)), base_url="http://model") as client:
            return [*await asyncio.gather(*(client.request(**request) for request in requests))]

    return asyncio.run(ask())


def posted(model: Predictor, **body: Any) -> Response:
    return asked(model, {"method": "POST", "url": "/predict", **body})[0]


def got(model: Predictor, url: str) -> Any:
    return asked(model, {"method": "GET", "url": url})[0].json()


def alone(model: Predictor, row: dict[str, Any]) -> dict[str, Any]:
    return model.predict(pl.DataFrame([row], schema_overrides={"mass": pl.Float64})).to_dicts()[0]


def test_a_lone_request_is_answered_to_the_last_bit_as_by_the_predictor(model: Predictor) -> None:
    for row in ROWS[:10]:
        answer = posted(model, json=[row])
        assert answer.status_code == 200
        assert answer.json() == {"predictions": [alone(model, row)]}
    frame = pl.DataFrame(ROWS, schema_overrides={"mass": pl.Float64})
    assert posted(model, json=ROWS).json() == {"predictions": model.predict(frame).to_dicts()}
    assert posted(model, json=[]).json() == {"predictions": []}


def together(model: Predictor, bodies: list[Any]) -> tuple[list[Response], str]:
    """The answers, and the metrics after the last of them."""

    async def ask() -> tuple[list[Response], str]:
        async with AsyncClient(transport=ASGITransport(application(model)), base_url="http://model") as client:
            found = await asyncio.gather(*(client.post("/predict", json=body) for body in bodies))
            return [*found], (await client.get("/metrics")).text

    return asyncio.run(ask())


def measured(text: str) -> dict[str, float]:
    families = text_string_to_metric_families(text)
    return {sample.name + sample.labels.get("status", ""): sample.value for each in families for sample in each.samples}


def test_a_server_that_would_answer_otherwise_does_not_start(
    model: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{**row, "code": str(row["code"])} for row in ROWS[:8]]
    kept = Predictor(replace(model.bundle, facts=model.bundle.facts | {"test_rows": rows}))
    assert prove(kept)[0].startswith("8 raw rows of the test part are answered as in the evaluation")
    whole = RowReader.table
    monkeypatch.setattr(RowReader, "table", lambda self, rows: whole(self, rows).with_columns(mass=pl.lit(0.0)))
    with pytest.raises(MachineError, match=r"The server would not answer as the model does: requests: row \d of those"):
        prove(kept)


def test_numbers_that_the_table_has_as_texts_are_proved_and_shown_as_numbers(model: Predictor) -> None:
    rows = [{**row, "mass": "0020.5"} for row in ROWS[1:9]]
    kept = Predictor(replace(model.bundle, facts=model.bundle.facts | {"test_rows": rows, "example": rows[:2]}))
    assert prove(kept)[0].startswith("8 raw rows of the test part are answered as in the evaluation")
    body = got(kept, "/openapi.json")["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["items"]["properties"]["mass"]["examples"] == [20.5, 20.5]
    assert posted(kept, json=body["schema"]["examples"][0]).status_code == 200


def test_requests_that_come_together_share_passes_and_get_their_own_answers(model: Predictor) -> None:
    answers, metrics = together(model, [[row] for row in ROWS])
    for row, answer in zip(ROWS, answers, strict=True):
        (found,) = answer.json()["predictions"]
        expected = alone(model, row)
        assert found.pop("prediction") == expected.pop("prediction")
        assert found == pytest.approx(expected, rel=1e-6)
    counted = measured(metrics)
    assert counted["rookery_requests_total200"] == counted["rookery_rows_total"] == 60
    assert counted["rookery_batch_rows_sum"] == 60
    assert counted["rookery_batch_rows_count"] < 30
    assert counted["rookery_request_seconds_count"] == 60


def test_a_row_that_does_not_fit_spoils_no_other_request(model: Predictor) -> None:
    answers, metrics = together(model, [[ROWS[1]], [ROWS[0] | {"mass": "x"}], [ROWS[2]], [{}]])
    assert [each.status_code for each in answers] == [200, 422, 200, 422]
    assert measured(metrics)["rookery_errors_total"] == 2


def test_what_only_the_encoding_refuses_is_told_to_its_sender_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    model = predictor(tmp_path_factory.mktemp("model"), tenth="mass / length")
    answers, _ = together(model, [[ROWS[1]], [ROWS[3], ROWS[2] | {"length": 0}], [ROWS[4]]])
    assert [each.status_code for each in answers] == [200, 422, 200]
    assert "gives inf in row 2" in answers[1].json()["detail"]


def test_a_body_that_is_too_large_is_refused(model: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "MOST_BYTES", 1 << 20)
    answer = posted(model, content=b" " * ((1 << 20) + 1))
    assert answer.status_code == 413
    assert answer.json()["detail"] == "the body has more than 1 MiB; send the rows in several requests"


def test_a_body_that_comes_in_parts_is_stopped_at_the_limit(model: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "MOST_BYTES", 1 << 20)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * (1 << 18)

    assert posted(model, content=endless()).status_code == 413
    assert sent < 10


def test_health_says_which_model_answers(model: Predictor) -> None:
    assert got(model, "/health") == {"status": "ok", "target": "kind", "task": "binary", "run": None}


def test_the_page_describes_requests_and_answers_of_the_bundle(model: Predictor) -> None:
    page = got(model, "/openapi.json")
    operation = page["paths"]["/predict"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert [*body["items"]["properties"]] == [*model.features.raw_columns]
    assert posted(model, json=body["examples"][0]).status_code == 200
    answer = page["components"]["schemas"]["Answer"]["properties"]
    assert {name: each["type"] for name, each in answer.items()} == {
        "prediction": "string",
        "probability_adelie": "number",
        "probability_gentoo": "number",
    }
    assert {*operation["responses"]} == {"200", "413", "422"}


def test_the_page_for_people_has_every_column_and_a_request_that_works(model: Predictor) -> None:
    text = asked(model, {"method": "GET", "url": "/"})[0].text
    for name in (*model.features.raw_columns, "prediction", "probability_adelie"):
        assert f"<td>{name}</td>" in text
    example = unescape(text.partition("-d '")[2].partition("'</pre>")[0])
    assert posted(model, content=example).status_code == 200
    assert "http://model/predict" in text


OPERATIONS = [
    ("/predict", "POST", GenerationMode.POSITIVE),
    ("/predict", "POST", GenerationMode.NEGATIVE),
    ("/health", "GET", GenerationMode.POSITIVE),
    ("/metrics", "GET", GenerationMode.POSITIVE),
]


@pytest.mark.parametrize(("path", "method", "mode"), OPERATIONS)
def test_requests_made_up_from_the_page_get_what_it_promises(
    model: Predictor, path: str, method: str, mode: GenerationMode
) -> None:
    """Right requests are taken and wrong ones refused; no status, type or body that the page does not list."""
    operation = schemathesis.openapi.from_asgi("/openapi.json", application(model))[path][method]
    statuses = Counter[int]()

    @given(case=operation.as_strategy(mode))
    @settings(max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=[*HealthCheck])
    def call(case: Any) -> None:
        statuses[case.call_and_validate().status_code] += 1

    call()
    assert {*statuses} == {422 if mode is GenerationMode.NEGATIVE else 200}
