"""Values of parameters in SQL, as JSON has them for the engine, and as words for the command."""

from __future__ import annotations

import json
import math
from datetime import date, datetime
from typing import Any

_MOST = 2**53 - 1


def parameter_of(name: str, value: Any, is_entry: bool = False) -> Any:
    """Return a value as JSON that says its type. Raises TypeError for one that SQL cannot be given."""
    value = _plain(value)
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if -_MOST <= value <= _MOST else {"whole": str(value)}
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, datetime):
        # pandas has a datetime that is none, and differs from itself.
        if value != value:
            return None
        # To the microsecond, as DuckDB and datetime have it; pandas says nanoseconds.
        return {"timestamp": datetime.isoformat(value.to_pydatetime() if hasattr(value, "to_pydatetime") else value)}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, (list, tuple, set, frozenset)) and not is_entry:
        return [parameter_of(name, one, True) for one in value]
    raise TypeError(
        f"${name} is {value!r} of type {type(value).__name__}: give a text, a number, a boolean, None, a date, a datetime or "
        f"a list of these, such as str(value) with CAST(${name} AS …) in the statement"
    )


def _plain(value: Any) -> Any:
    """Return a value of numpy as Python has it; times of numpy have no exact one."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return value.tolist() if kind in ("b", "i", "u", "f", "U") else value


def word_of(value: Any) -> str:
    """Return what ``--param NAME=`` takes for a value of ``parameter_of``."""
    return f'"{value}"' if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
