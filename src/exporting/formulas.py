"""Derived columns that are arithmetic of numbers, in torch; what else SQL can do needs Polars."""

import ast
from collections.abc import Callable, Collection, Mapping

import torch
from torch import Tensor

_OPERATORS: dict[type[ast.AST], Callable[..., Tensor]] = {
    ast.Add: torch.add,
    ast.Sub: torch.sub,
    ast.Mult: torch.mul,
    ast.Div: torch.div,
    ast.USub: torch.neg,
    ast.UAdd: torch.clone,
}
_FUNCTIONS: dict[str, Callable[..., Tensor]] = {"abs": torch.abs, "sqrt": torch.sqrt, "exp": torch.exp, "ln": torch.log}

Formula = Callable[[Mapping[str, Tensor]], Tensor]
"""From columns, float64 [n, 1] with NaN where missing, to another one."""


def formula(sql: str, inputs: Collection[str]) -> Formula | None:
    """`inputs`: the columns that it reads. None for anything but + - * / and abs, sqrt, exp, ln of columns and numbers,
    where SQL is written as Python is."""
    try:
        tree = ast.parse(sql.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None
    return _formula(tree, sql.strip(), inputs)


def _formula(node: ast.expr, sql: str, inputs: Collection[str]) -> Formula | None:
    match node:
        case ast.Name(id=name) if name in inputs:
            return lambda columns: columns[name]
        case ast.Constant(value=str(name)) if ast.get_source_segment(sql, node) == f'"{name}"':
            return lambda columns: columns[name]  # in SQL these quotes are those of names
        case ast.Constant(value=int(number) | float(number)) if not isinstance(number, bool):
            return lambda _columns: torch.tensor(float(number), dtype=torch.float64)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            return _applied(_OPERATORS[type(sign)], [_formula(left, sql, inputs), _formula(right, sql, inputs)])
        case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _OPERATORS:
            return _applied(_OPERATORS[type(sign)], [_formula(operand, sql, inputs)])
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name.lower() in _FUNCTIONS:
            return _applied(_FUNCTIONS[name.lower()], [_formula(argument, sql, inputs)])
    return None


def _applied(function: Callable[..., Tensor], arguments: list[Formula | None]) -> Formula | None:
    known = [each for each in arguments if each is not None]
    if len(known) < len(arguments):
        return None
    return lambda columns: function(*(each(columns) for each in known))
