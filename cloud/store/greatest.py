"""The greatest of several numbers of one row: SQLite calls it max, PostgreSQL greatest. None of them may be null."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class greatest(GenericFunction[int]):  # noqa: N801 - the name of the function in SQL
    """Of integers."""

    type = Integer()
    inherit_cache = True


@compiles(greatest, "sqlite")
def _on_sqlite(element: greatest, compiler: SQLCompiler, **kw: Any) -> str:
    return f"max({compiler.process(element.clauses, **kw)})"
