import polars as pl
import pytest

from src.data.expressions import FUNCTIONS, derived, needed, parse, parse_all
from src.data.rows import Rows
from src.errors import DataError

TABLE = pl.DataFrame(
    {
        "a": [1.0, 2.0, 7.0, None],
        "b": [2.0, 0.5, 2.0, 1.0],
        "s": ["x", "y-z", " z ", None],
        "d": ["2020-01-02 03:04:05", "2021-05-06 00:00:00", None, "1999-12-31 23:59:59"],
        "length (mm)": [10.0, 20.0, 30.0, 40.0],
    }
)
SHRUNK = ("abs", "acos", "asin", "atan", "cbrt", "ceil", "ceiling", "cos", "degrees", "exp", "floor", "ln", "log10")
NUMERIC = ("log1p", "log2", "radians", "round", "sign", "sin", "sqrt", "tan")
PAIRS = ("atan2", "mod", "pow", "power", "greatest", "least", "coalesce", "ifnull", "nullif", "log")
TEXT = ("initcap", "length", "lower", "ltrim", "octet_length", "reverse", "rtrim", "trim", "upper")
SEARCH = ("concat", "ends_with", "regexp_like", "starts_with", "strpos")
CALLS = {
    **{name: f"{name}(a / 10)" for name in SHRUNK},
    **{name: f"{name}(a)" for name in NUMERIC},
    **{name: f"{name}(a, b)" for name in PAIRS},
    **{name: f"{name}(s)" for name in TEXT},
    **{name: f"{name}(s, 'z')" for name in SEARCH},
    "pi": "pi() * a",
    "if": "if(a > 1, a, b)",
    "cast": "cast(a as int)",
    "try_cast": "try_cast(s as float)",
    "concat_ws": "concat_ws('-', s, d)",
    "left": "left(s, 1)",
    "right": "right(s, 1)",
    "replace": "replace(s, 'x', 'y')",
    "split_part": "split_part(s, '-', 1)",
    "substr": "substr(s, 1, 1)",
    "strptime": "strptime(d, '%Y-%m-%d %H:%M:%S')",
    "strftime": "strftime(strptime(d, '%Y-%m-%d %H:%M:%S'), '%H')",
    "date": "date(d, '%Y-%m-%d %H:%M:%S')",
    "timestamp": "timestamp(d, '%Y-%m-%d %H:%M:%S')",
    "date_part": "date_part('hour', strptime(d, '%Y-%m-%d %H:%M:%S'))",
    "epoch": "epoch(d)",
    "extract": "extract(hour from strptime(d, '%Y-%m-%d %H:%M:%S'))",
}
OPERATORS = [
    *("a / 2", "a / 10", "a / b", "a % 2", "a // 2", "-a", "a + b * (a - 1)", "case when a > 1 then (b) else (a) end"),
    *("s = 'x'", "s like 'y%'", "a between 1 and 2", "a in (1, 2)", "a not in (1, 2)", "not (a > 1)", "a is null"),
    *("s || '(max(a))'", '"length (mm)" / 10'),
]


def test_every_allowed_function_is_tried() -> None:
    assert set(CALLS) == FUNCTIONS


@pytest.mark.parametrize("sql", [*CALLS.values(), *OPERATORS])
def test_the_value_of_a_row_depends_on_that_row_alone(sql: str) -> None:
    expression = parse("derive.x", sql)
    whole = expression.of(TABLE)
    alone = pl.concat([expression.of(TABLE[row : row + 1]) for row in range(TABLE.height)])
    assert alone.to_list() == whole.to_list()
    assert expression.of(TABLE.reverse()).to_list() == whole.to_list()[::-1]


@pytest.mark.parametrize(
    "sql",
    [
        "max(a)", "MAX (a)", '"max"(a)', "`max`(a)", "a - avg(a)", "case when a > 1 then sum(a) else b end", "count(*)",
        "sum(a) over (partition by b)", "row_number() over (order by a)", "lag(a) over (order by b)", "first(a)",
        "array_agg(a)", "unnest(a)", "columns('a')", "rank() over (order by a)", "a in (select b from self)",
        "(select max(a) from self)", "exists(select 1)", "median(a)", "stddev(a)", "read_csv('t.csv')", "a + now()",
        "a + max/**/(a)", "a -- '\n + max(a)", "s || $$'$$ || max(s) || $$'$$", "'(' || max(s)", "current_date - a",
    ],
)  # fmt: skip
def test_what_looks_at_other_rows_or_the_clock_is_refused(sql: str) -> None:
    with pytest.raises(DataError, match=r"is not a function of one row|cells of its own row|may not contain"):
        parse("derive.x", sql)


@pytest.mark.parametrize(
    "sql", ["", "a +* 2", "a b c", "a, b", "a from self", "'x", '"a', "(a", "*", "max", "a.b.c.d("]
)
def test_text_that_is_no_expression_is_refused_or_reads_an_unknown_column(sql: str) -> None:
    with pytest.raises(DataError, match=r"derive\.x: "):
        parse("derive.x", sql).of(TABLE)


def test_an_expression_without_columns_is_refused() -> None:
    with pytest.raises(DataError, match=r"derive\.x: '7 / 2' reads no column"):
        parse("derive.x", "7 / 2")


def test_division_of_whole_numbers_is_true_division() -> None:
    assert parse("derive.x", "a / 2").of(pl.DataFrame({"a": [7]})).to_list() == [3.5]


def test_an_unknown_column_is_named_with_expression_and_nearest_name() -> None:
    with pytest.raises(DataError, match=r"where: 'lenght > 1': no column 'lenght' \(did you mean 'length'\?\)"):
        parse("where", "lenght > 1").of(pl.DataFrame({"length": [1.0]}))


def test_arithmetic_on_text_is_explained_with_a_cell() -> None:
    with pytest.raises(DataError, match=r"s is text \(for instance 'x'\); TRY_CAST"):
        parse("derive.y", "s + 1").of(TABLE)


def test_derived_columns_may_use_earlier_ones_only() -> None:
    derive = parse_all({"x": "a * 2", "y": "x + b", "unused": "b"})
    assert needed(["y", "b"], derive) == (["x", "y"], ["a", "b"])
    assert derived(TABLE, ["x", "y"], derive, Rows.count(4))["y"].to_list() == [4.0, 4.5, 16.0, None]
    with pytest.raises(DataError, match=r"derive\.y: 'x \+ b' reads 'x': define that before"):
        needed(["y"], parse_all({"y": "x + b", "x": "a * 2"}))
    with pytest.raises(DataError, match=r"reads 'a': define that before, under another name"):
        needed(["a"], parse_all({"a": "a / 10"}))


@pytest.mark.parametrize(("sql", "value"), [("b / (a - 2)", "inf"), ("sqrt(a - 2)", "nan"), ("ln(a - 1)", "-inf")])
def test_division_by_zero_and_the_like_name_row_and_cells(sql: str, value: str) -> None:
    with pytest.raises(
        DataError, match=rf"derive\.x: .* gives {value} in row \d \(.*a = [12]\.0\)\. Write what is meant"
    ):
        derived(TABLE, ["x"], parse_all({"x": sql}), Rows.count(4))


def test_a_missing_input_gives_a_missing_result() -> None:
    derive = parse_all({"x": "coalesce(a, 0) / (b - 1)"})
    assert derived(TABLE, ["x"], derive, Rows.count(4))["x"].to_list() == [1.0, -4.0, 7.0, None]
