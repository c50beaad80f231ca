"""The page of a server, for people: what to ask and what comes back. It needs nothing from elsewhere."""

import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import polars as pl

from src.inference import Predictor
from src.serving.rows import RowReader

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222 }}
td, th {{ text-align: left; padding: .2em 1.5em .2em 0; border-bottom: 1px solid #ddd; vertical-align: top }}
pre {{ background: #f4f4f4; padding: 1em; white-space: pre-wrap }}
</style>
<h1>{title}</h1>
<p>POST /predict takes a JSON list of rows, each with all of these columns; null is a missing cell.</p>
{columns}
<pre>curl {address}/predict -H 'Content-Type: application/json' -d '{example}'</pre>
<p>Each row of the answer, under <code>predictions</code>, has</p>
{answers}
<p><a href="health">/health</a> tells which model answers, <a href="metrics">/metrics</a> what was counted (Prometheus),
<a href="openapi.json">/openapi.json</a> describes all this to programs; <a href="docs">/docs</a> shows that, with
what a browser fetches from the web for it.</p>
"""

_TYPES = {str: "text", float: "number", int: "whole number", bool: "true or false"}


def page(predictor: Predictor, reader: RowReader, address: str) -> str:
    """HTML."""
    columns = reader.schema["items"]["properties"]
    about = [(name, each["description"], _shown(each.get("examples", []))) for name, each in columns.items()]
    answers = predictor.predict(reader.table([]))
    return _PAGE.format(
        title=escape(f"Rookery: {predictor.features.output.name}"),
        columns=_table(("column", "cells", "for instance"), about),
        answers=_table(("key", "type"), ((each.name, _type(each)) for each in answers)),
        address=escape(address),
        example=escape(json.dumps(reader.example[:1]).replace("'", "\\u0027")),  # stands in quotes of a shell
    )


def _type(column: pl.Series) -> str:
    return _TYPES.get(column.dtype.to_python(), str(column.dtype))


def _shown(examples: Sequence[Any]) -> str:
    return ", ".join(json.dumps(each, ensure_ascii=False) for each in examples)


def _table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in names)
    lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table><tr>{head}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"
