"""A draft as the text of conf/dataset/NAME.yaml, with a remark on each line that was decided."""

import json
import re

import polars as pl

from src.config.dates import ISO
from src.config.markers import EVERY_OTHER
from src.config.path import Files, as_text
from src.data.draft import Draft

_REMARKS = 36  # column in which remarks begin
_PLAIN = re.compile(r"[A-Za-z_][\w ./()%-]*[\w)%]|[A-Za-z_]")
_WORDS = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}


def text(draft: Draft, name: str) -> str:
    """YAML that composes and trains as it is."""
    n_columns = sum(verdict.kind != "left_out" for verdict in draft.verdicts.values())
    lines = [
        f"# {', '.join(draft.targets)} from {n_columns} columns of {as_text(draft.source.path)}, as src.init took it.",
        "# Read it through and change what is wrong; conf/dataset/penguins.yaml explains these keys and all others.",
        f"#   python -m src.check dataset={name}",
        f"#   python -m src.train dataset={name}",
        _line("name", scalar(name)),
        *_source(draft),
        *_csv(draft),
        _target(draft),
        _line("task", draft.task.value, "binary | multiclass | multilabel | regression"),
        *_columns(draft),
        *_where(draft),
        *_missing(draft),
        *_split(draft),
    ]
    return "\n".join(lines) + "\n"


def scalar(value: str) -> str:
    """As YAML, in quotes if it needs them; `${` is escaped, so that it refers to nothing."""
    value = value.replace("${", r"\${")
    is_plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def _line(key: str, value: str, remark: str = "", indent: int = 0) -> str:
    start = f"{' ' * indent}{key}: {value}" if key else f"{' ' * indent}- {value}"
    return f"{start:<{_REMARKS - 1}} # {remark}" if remark else start


def _target(draft: Draft) -> str:
    if len(draft.targets) > 1:
        return _line("target", f"[{', '.join(map(scalar, draft.targets))}]")
    return _line("target", scalar(draft.targets[0]), _described(draft.table[draft.targets[0]]))


def _source(draft: Draft) -> list[str]:
    path, size = draft.source.path, f"{draft.table.height} rows, {draft.table.width} columns"
    if isinstance(path, Files):
        parts = [_line(part, scalar(as_text(paths)), "", 2) for part, paths in path.parts.items()]
        lines = [_line("path", "", size), *parts]
    else:
        lines = [_line("path", scalar(as_text(path)), size)]
    for key in ("query", "format", "sheet"):
        value = getattr(draft.source, key)
        lines += [_line(key, scalar(value))] if value not in (None, "auto") else []
    return lines


def _csv(draft: Draft) -> list[str]:
    if not draft.csv:
        return []
    return ["csv:", *(_line(key, json.dumps(value), "", 2) for key, value in draft.csv.items())]


def _columns(draft: Draft) -> list[str]:
    lines = ["columns:"]
    for kind in ("numeric", "datetime", "categorical"):
        found = {name: verdict for name, verdict in draft.verdicts.items() if verdict.kind == kind}
        lines.append(f"  {kind}:" + ("" if found else " []"))
        has_forms = any(verdict.form != ISO for verdict in found.values())
        for name, verdict in found.items():
            key, value = (scalar(name), scalar(verdict.form)) if has_forms else ("", scalar(name))
            lines.append(_line(key, value, _remark(draft, name), 4))
    if left := {name: verdict for name, verdict in draft.verdicts.items() if verdict.kind == "left_out"}:
        lines.append("  # left out, and why:")
        lines += [f"  #   {name}: {verdict.why}" for name, verdict in left.items()]
    return lines


def _remark(draft: Draft, name: str) -> str:
    column = draft.table[name]
    missing = f", {column.null_count()} missing" if column.null_count() else ""
    why, kind = draft.verdicts[name].why, draft.verdicts[name].kind
    described = f"{why}, {column.n_unique()} values" if kind == "datetime" else _described(column)
    return f"{why + ', ' if 'code' in why else ''}{described}{missing}"


def _described(column: pl.Series) -> str:
    """Range of numbers, first values of texts; no line break."""
    values = column.drop_nulls()
    if column.dtype.is_numeric() and values.n_unique() > 10:
        numbers = values.cast(pl.Float64).to_numpy()
        return f"{numbers.min():.6g} to {numbers.max():.6g}"
    distinct = values.unique().sort().cast(pl.String).to_list()
    shown = ", ".join(re.sub(r"\s+", " ", each)[:20] for each in distinct[:6])
    return f"{len(distinct)} values: {shown}{', ...' if len(distinct) > 6 else ''}"


def _where(draft: Draft) -> list[str]:
    quoted = ['"' + name.replace('"', '""') + '"' for name in draft.targets]
    conditions, reasons = [], []
    if draft.missing_targets:
        conditions += [f"{each} is not null" for each in quoted]
        reasons.append(f"{draft.missing_targets} rows have no target")
    if draft.small:
        names = ", ".join("'" + name.replace("'", "''") + "'" for name in draft.small)
        is_text = draft.table[draft.targets[0]].dtype == pl.String
        cell = quoted[0] if is_text else f"cast({quoted[0]} as varchar)"
        conditions.append(f"{cell} not in ({names})")
        reasons.append("classes with one or two rows can be neither learned nor tested")
    return [_line("where", json.dumps(" and ".join(conditions)), "; ".join(reasons))] if conditions else []


def _missing(draft: Draft) -> list[str]:
    if not draft.markers:
        return []
    where = "; ".join(
        f"{marker} in {', '.join(names[:3])}{', ...' if names[3:] else ''}" for marker, names in draft.markers.items()
    )
    markers = json.dumps(list(draft.markers), ensure_ascii=False)
    if not draft.exceptions:
        return ["missing:", _line("markers", markers, f"found: {where}", 2)]
    return [
        "missing:",
        "  markers:",
        _line(f'"{EVERY_OTHER}"', markers, f"found: {where}", 4),
        *(
            _line(scalar(name), json.dumps(own, ensure_ascii=False), "the others are words here", 4)
            for name, own in draft.exceptions.items()
        ),
    ]


def _split(draft: Draft) -> list[str]:
    if isinstance(draft.source.path, Files):
        return ["split:", _line("by", "files", "", 2)]
    if draft.split_column is not None:
        return ["split:", _line("by", "column", "", 2), _line("column", scalar(draft.split_column), "says the part", 2)]
    return [
        "split:",
        _line("by", "stratified", "same share of each class, of each tenth of a number's values | random | group", 2),
        _line("train", "0.7", "", 2),
        _line("validation", "0.15", "chooses the best epoch", 2),
        _line("test", "0.15", "looked at once, at the end", 2),
    ]
