"""`derive` and `where`: SQL over the cells of one row, which can run no code and see no other row.

An aggregate over the table would carry test rows into training, so functions are allowed by name and the rest refused.
Yes/no columns are 0 and 1 here, numbers are float64 (7 / 2 is 3.5), dates are texts, a missing cell is null.
epoch(column) is the seconds since 1970 of a column of dates: (epoch(dropoff) - epoch(pickup)) / 60 is minutes.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from src.data.dtypes import as_floats
from src.data.epochs import Epoch, without_epochs
from src.data.names import absent
from src.data.rows import Rows
from src.errors import DataError

# fmt: off
FUNCTIONS = frozenset({
    "abs", "acos", "asin", "atan", "atan2", "cbrt", "ceil", "ceiling", "cos", "degrees", "exp", "floor", "ln", "log",
    "log10", "log1p", "log2", "mod", "pi", "pow", "power", "radians", "round", "sign", "sin", "sqrt", "tan",
    "greatest", "least", "coalesce", "if", "ifnull", "nullif", "cast", "try_cast", "concat", "concat_ws",
    "ends_with", "initcap", "left", "length", "lower", "ltrim", "octet_length", "regexp_like", "replace", "reverse",
    "right", "rtrim", "split_part", "starts_with", "strpos", "substr", "trim", "upper", "date", "date_part",
    "epoch", "extract", "strftime", "strptime", "timestamp",
})
# fmt: on
_BEFORE_BRACKET = frozenset(
    {"and", "between", "case", "else", "in", "is", "like", "ilike", "not", "or", "then", "when"}
)
_OTHER_ROWS = frozenset({"select", "over", "exists", "current_date", "current_time", "current_timestamp"})
_QUOTING = "names with spaces or signs stand in double quotes, texts in single ones"
_TOKEN = re.compile(
    r"""(?P<text>'(?:[^']|'')*') | (?P<name>"(?:[^"]|"")*"|`[^`]*`) | (?P<remark>--|/\*|\$|;)
      | (?P<word>[^\W\d]\w*) | (?P<open>\() | \s+ | \d[\w.]* | .""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Expression:
    """`key` as in the YAML (derive.bmi, where), its SQL, and the columns it reads; `epochs`: those that
    `expr` knows under these names."""

    key: str
    sql: str
    expr: pl.Expr = field(compare=False, repr=False)
    inputs: tuple[str, ...] = field(compare=False)
    epochs: Mapping[str, Epoch] = field(compare=False)

    def of(self, frame: pl.DataFrame, rows: Rows | None = None) -> pl.Series:
        """The value for each row. Raises DataError if the frame lacks a column or its types do not fit."""
        if sentence := absent(self.inputs, frame.columns):
            raise DataError(f"{self}: {sentence} ({_QUOTING})")
        inputs = frame[list(self.inputs)]
        if self.epochs:
            made = {alias: epoch.of(frame[epoch.column], str(self), rows) for alias, epoch in self.epochs.items()}
            inputs = inputs.hstack([seconds.alias(alias) for alias, seconds in made.items()])
        if inputs.height == 1:
            # Polars divides a column by 10 as x * 0.1, but exactly where it holds one value: a last row of nulls makes
            # the numbers of one row the same, to the last bit, as among many.
            nulls = pl.DataFrame([pl.Series(column.name, [None], column.dtype) for column in inputs])
            inputs = inputs.vstack(nulls).rechunk()
        try:
            return inputs.select(self.expr.alias("result")).to_series().head(frame.height)
        except pl.exceptions.PolarsError as error:
            raise DataError(f"{self}: {_first_line(error)}. {_types(frame, self.inputs)}") from None

    def __str__(self) -> str:
        return f"{self.key}: {self.sql!r}"


def parse(key: str, sql: str) -> Expression:
    """Raises DataError for text that is no SQL expression or that looks at more than the row at hand."""
    _refuse_what_leaves_the_row(key, sql)
    plain, epochs = without_epochs(key, sql)
    try:
        expr = pl.sql_expr(plain)
        roots = (epochs[name].column if name in epochs else name for name in expr.meta.root_names())
        inputs = tuple(dict.fromkeys(roots))
    except pl.exceptions.PolarsError as error:
        raise DataError(f"{key}: {sql!r} is not an SQL expression: {_first_line(error)} ({_QUOTING})") from None
    if not inputs:
        raise DataError(f"{key}: {sql!r} reads no column")
    return Expression(key, sql, expr, inputs, epochs)


def parse_all(derive: Mapping[str, str]) -> dict[str, Expression]:
    """In the order of the YAML."""
    return {name: parse(f"derive.{name}", sql) for name, sql in derive.items()}


def needed(names: Iterable[str], derive: Mapping[str, Expression]) -> tuple[list[str], list[str]]:
    """What computing `names` takes: derived columns in their order, and columns of the table in the order of need.

    A derived column sees those defined before it. Raises DataError if it reads a later one or itself.
    """
    order = list(derive)
    wanted, raw = list(names), []
    derived = set()
    while wanted:
        name = wanted.pop(0)
        if name not in derive:
            raw.append(name)
        elif name not in derived:
            derived.add(name)
            for root in derive[name].inputs:
                if root in derive and order.index(root) >= order.index(name):
                    raise DataError(f"{derive[name]} reads {root!r}: define that before, under another name")
            wanted[:0] = derive[name].inputs
    return [name for name in order if name in derived], list(dict.fromkeys(raw))


def derived(
    frame: pl.DataFrame, names: Iterable[str], derive: Mapping[str, Expression], rows: Rows | None
) -> pl.DataFrame:
    """The frame with the columns `names` added in this order.

    Raises DataError where a calculation gives NaN or infinity (division by zero, root of a negative number), naming the
    row; a missing input gives a missing result instead. Not checked without `rows`.
    """
    for name in names:
        values = derive[name].of(frame, rows)
        if values.dtype.is_float() and rows is not None:
            values = _finite(values, frame, derive[name], rows)
        frame = frame.with_columns(values.alias(name)) if name in frame.columns else frame.hstack([values.alias(name)])
    return frame


def _finite(values: pl.Series, frame: pl.DataFrame, expression: Expression, rows: Rows) -> pl.Series:
    if math.isfinite(values.sum()):  # quicker than to ask each number
        return values
    wrong = ~values.is_finite()
    if not wrong.any():
        return values
    complete = frame.select(pl.all_horizontal(pl.col(*expression.inputs).is_not_null())).to_series()
    if (wrong & complete).any():
        index = int((wrong & complete).arg_true()[0])
        cells = ", ".join(f"{name} = {frame[name][index]}" for name in expression.inputs)
        raise DataError(
            f"{expression} gives {values[index]} in {rows.place(index)} ({cells}). "
            "Write what is meant there, for instance a / nullif(b, 0) for a missing value"
        )
    return values.set(wrong, None)


def _refuse_what_leaves_the_row(key: str, sql: str) -> None:
    previous = ""
    for match in _TOKEN.finditer(sql):
        kind, text = match.lastgroup, match.group()
        if kind is None and text.isspace():
            continue
        word = text.lower()
        if kind == "remark":
            raise DataError(f"{key}: {sql!r} may not contain {text!r} outside of quotation marks")
        if kind == "word" and word in _OTHER_ROWS:
            raise DataError(f"{key}: {sql!r} uses {text}; an expression may only use the cells of its own row")
        called = previous if kind == "open" else ""
        if called and called not in FUNCTIONS | _BEFORE_BRACKET:
            raise DataError(
                f"{key}: {sql!r} calls {called}(), which is not a function of one row "
                f"(or not known here); functions are: {', '.join(sorted(FUNCTIONS))}"
            )
        previous = word if kind in ("word", "name") else ""


def _types(frame: pl.DataFrame, names: Iterable[str]) -> str:
    kinds = ", ".join(f"{name} is {_kind(frame[name])}" for name in names)
    remedy = "; TRY_CAST(name AS FLOAT) makes numbers of text, missing where it is none" if "text" in kinds else ""
    return f"Here {kinds}{remedy}"


def _kind(column: pl.Series) -> str:
    if column.dtype != pl.String:
        return "a number" if column.dtype.is_numeric() else f"{column.dtype}"
    examples = column.filter(as_floats(column).is_null() & column.is_not_null())
    return f"text (for instance {examples[0]!r})" if len(examples) else "text"


def _first_line(error: pl.exceptions.PolarsError) -> str:
    return str(error).splitlines()[0].rstrip(".")
