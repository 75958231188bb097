"""Whether a text of a row is one of many given ones, said in one parameter: databases bound how many there may be."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Text, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

_LISTS = {"sqlite": "SELECT value FROM json_each({})", "postgresql": "SELECT jsonb_array_elements_text({}::jsonb)"}


class among_texts(GenericFunction[bool]):  # noqa: N801 - as a function in SQL
    """Of a column and a JSON list."""

    type = Boolean()
    inherit_cache = True


def among(column: ColumnElement[str] | Any, texts: Iterable[str]) -> ColumnElement[bool]:
    """True where the column is one of them, however many; the column must not be null."""
    return among_texts(column, literal(json.dumps(sorted(texts)), Text))


@compiles(among_texts)
def _as_list(element: among_texts, compiler: SQLCompiler, **kw: Any) -> str:
    column, texts = (compiler.process(part, **kw) for part in element.clauses)
    return f"({column} IN ({_LISTS[compiler.dialect.name].format(texts)}))"
