"""The Arrow streams of a home: what is pinned, metrics, mounts and the health of backends.

Each is had in the quickest way that is current: the mapped file, without copying; the stream of the
engine; JSON of the engine; and for pins the files that the index is made from.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any, Callable, Optional

import pyarrow as pa

from .direct import are_mappings_same, read_pins
from .errors import IpfsKitError, error_of
from .home import Home, HomeLike
from .sync_http import ask

_TIMESTAMP = pa.timestamp("s")

SCHEMAS: dict[str, pa.Schema] = {
    "pin_index": pa.schema(
        [
            ("cid", pa.string()),
            ("name", pa.string()),
            ("size_bytes", pa.int64()),
            ("pin_type", pa.string()),
            ("timestamp", _TIMESTAMP),
            ("metadata", pa.string()),
            ("backend", pa.string()),
            ("replication_factor", pa.int32()),
            ("verified", pa.bool_()),
            ("last_access", _TIMESTAMP),
        ]
    ),
    "metrics": pa.schema(
        [
            ("metric_name", pa.string()),
            ("metric_value", pa.float64()),
            ("metric_type", pa.string()),
            ("timestamp", _TIMESTAMP),
            ("tags", pa.string()),
        ]
    ),
    "vfs_stats": pa.schema(
        [
            ("path", pa.string()),
            ("size_bytes", pa.int64()),
            ("file_count", pa.int64()),
            ("last_modified", _TIMESTAMP),
            ("access_count", pa.int64()),
            ("cache_hit_ratio", pa.float64()),
        ]
    ),
    "backend_health": pa.schema(
        [
            ("backend_name", pa.string()),
            ("status", pa.string()),
            ("response_time_ms", pa.float64()),
            ("last_check", _TIMESTAMP),
            ("error_count", pa.int64()),
            ("success_rate", pa.float64()),
        ]
    ),
}


def pins(home: HomeLike = None) -> pa.Table:
    """Return what is pinned: a row for each pinned root (backend ``local``), then one for each copy on a backend.

    The schema's metadata says how it was had: ``method`` is ``zero_copy`` or ``traditional``, ``source`` is
    ``arrow_ipc_daemon``, ``traditional_json_fallback`` or ``direct_pin_index``. No engine is needed.
    """
    return table("pin_index", home)


def metrics(home: HomeLike = None) -> pa.Table:
    """Return the metrics of the engine, as its ``/metrics`` has them. Raises IpfsKitError where none runs."""
    return table("metrics", home)


def vfs_stats(home: HomeLike = None) -> pa.Table:
    """Return a row for each mount of the engine. Raises IpfsKitError where none runs."""
    return table("vfs_stats", home)


def backend_health(home: HomeLike = None) -> pa.Table:
    """Return a row for each backend that the engine uses. Raises IpfsKitError where none runs."""
    return table("backend_health", home)


def table(name: str, home: HomeLike = None) -> pa.Table:
    """Return a stream by its name: ``pin_index``, ``metrics``, ``vfs_stats`` or ``backend_health``."""
    if name not in SCHEMAS:
        raise error_of("INVALID_ARGUMENT", f"there is no stream {name}; there are {', '.join(SCHEMAS)}")
    place = Home.existing(home)
    ways: list[tuple[str, str, Callable[[Home, str], Optional[pa.Table]]]] = [
        ("zero_copy", "arrow_ipc_daemon", from_file),
        ("traditional", "arrow_ipc_daemon", from_stream),
        ("traditional", "traditional_json_fallback", from_json),
    ]
    if name == "pin_index":
        ways.append(("traditional", "direct_pin_index", lambda at, _: read_pins(at, SCHEMAS[name])))
    for method, source, read in ways:
        found = read(place, name)
        if found is not None:
            return found.replace_schema_metadata({"method": method, "source": source})
    raise error_of("CLOSED", f"no engine of {place.path} runs, which alone knows {name}: ipfs-kit daemon start", True)


def from_file(home: Home, name: str) -> Optional[pa.Table]:
    """Map the file of a stream; None where there is none that is whole and current."""
    path = home.path / "ipc" / f"{name}.arrow"
    try:
        found = pa.ipc.open_file(pa.memory_map(os.fspath(path))).read_all()
    except (OSError, pa.ArrowInvalid):
        return None
    return found if found.schema.equals(SCHEMAS[name]) and is_current(home, found.schema.metadata or {}) else None


def is_current(home: Home, metadata: dict[bytes, bytes]) -> bool:
    """Return whether a file still shows what is the case, as its schema lets anybody find out."""
    valid_until = metadata.get(b"ipfs_kit.valid_until")
    if valid_until is not None:
        return time.time() <= float(valid_until)
    marks: dict[str, str] = json.loads(metadata.get(b"ipfs_kit.sources", b"{}"))
    if not marks or any(_mark(home, path) != mark for path, mark in marks.items()):
        return False
    log = metadata.get(b"ipfs_kit.log")
    return log is None or are_mappings_same(home, log.decode())


def _mark(home: Home, path: str) -> str:
    try:
        found = os.stat(home.path / path)
    except FileNotFoundError:
        return "-"
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ino}"


def _get(home: Home, path: str) -> Optional[bytes]:
    """Ask the engine; None where none runs, it ends meanwhile, or it knows no such path."""
    try:
        return ask(home, "GET", path)
    except IpfsKitError as error:
        if error.code in ("PATH_NOT_FOUND", "STALE", "READ_ONLY", "CLOSED"):
            return None
        raise


def from_stream(home: Home, name: str) -> Optional[pa.Table]:
    """Ask the engine for a stream of Arrow; None where none runs."""
    body = _get(home, f"/ipc/{name}")
    return None if body is None else pa.ipc.open_stream(body).read_all()


def from_json(home: Home, name: str) -> Optional[pa.Table]:
    """Ask the engine for JSON; None where none runs."""
    body = _get(home, f"/ipc/{name}.json")
    if body is None:
        return None
    rows: list[dict[str, Any]] = json.loads(body)["rows"]
    return pa.Table.from_pylist(rows, schema=SCHEMAS[name])


__all__ = ["IpfsKitError", "SCHEMAS", "backend_health", "metrics", "pins", "table", "vfs_stats"]
