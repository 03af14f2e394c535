"""What is pinned, from the files that the index is made from, where no engine can be asked.

Sizes of pins of the home are not in them, and so are null. See FORMAT.md of src/store, src/pins and src/wal.
"""

from __future__ import annotations

import json
import struct
import zlib
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Iterator, Optional

import pyarrow as pa
import pyarrow.parquet as pq

from .errors import error_of
from .home import Home

_FRAME = struct.Struct("<4sIQIII")
_FRAME_HEADER = 32
_SEGMENT_HEADER = 24
_MAPPING = 2

_Row = dict[str, Any]


def read_pins(home: Home, schema: pa.Schema) -> pa.Table:
    """Return the rows of ``pin_index``. Raises IpfsKitError for files that are damaged."""
    here = _local_pins(home.path / "blocks" / "pins.log")
    copies = _copies(home.path)
    stored: dict[str, int] = {}
    for row in copies:
        stored[row["cid"]] = stored.get(row["cid"], 0) + (row["status"] == "stored")
    rows = [_row_of_pin(pin, 1 + stored.get(cid, 0)) for cid, pin in here.items()]
    rows += [_row_of_copy(row, stored[row["cid"]] + (row["cid"] in here)) for row in copies]
    return pa.Table.from_pylist(rows, schema=schema)


def _local_pins(path: Path) -> dict[str, _Row]:
    pins: dict[str, _Row] = {}
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return pins
    for number, line in enumerate(lines):
        if line == b"" and number == len(lines) - 1:
            break
        entry = _entry_of(line)
        if entry is None:
            # What comes last was being written, and was never acknowledged.
            if number == len(lines) - 1:
                break
            raise error_of("CORRUPT_FORMAT", f"{path} is damaged in line {number + 1}; see `ipfs-kit fsck`")
        if entry["op"] == "add":
            pins[entry["cid"]] = entry
        else:
            pins.pop(entry["cid"], None)
    return pins


def _entry_of(line: bytes) -> Optional[_Row]:
    try:
        if int(line[:8], 16) != zlib.crc32(line[9:]):
            return None
        entry: _Row = json.loads(line[9:])
        return entry
    except ValueError:
        return None


def _copies(home: Path) -> list[_Row]:
    """Return the mappings of all backends in the order of their CIDs."""
    names = sorted(file.parent.name for file in (home / "backends").glob("*/backend.json"))
    found: dict[tuple[str, str], _Row] = {}
    # The log is read first: what it has no more is in the files by then.
    changes = list(_changes(home / "wal"))
    for name in names:
        file = home / "backends" / name / "pin_mappings.parquet"
        if file.exists():
            for row in pq.read_table(file).to_pylist():
                found[row["cid"], name] = row
    for change in changes:
        key = (change["cid"], change["backend"])
        if change["row"] is None:
            found.pop(key, None)
        elif change["backend"] in names:
            found[key] = change["row"]
    return [found[key] for key in sorted(found)]


def _changes(folder: Path) -> Iterator[_Row]:
    """Yield the changes of mappings in the log, up to where a torn frame begins."""
    for segment in sorted(folder.glob("wal-*.log")):
        try:
            data = segment.read_bytes()
        except FileNotFoundError:
            continue
        at = _SEGMENT_HEADER
        while at + _FRAME_HEADER <= len(data):
            magic, length, _, count, checksum, _ = _FRAME.unpack_from(data, at)
            body = data[at + _FRAME_HEADER : at + _FRAME_HEADER + length]
            if magic != b"IKLF" or len(body) != length or zlib.crc32(body) != checksum:
                return
            yield from _mappings_of(body, count)
            at += _FRAME_HEADER + length


_MOST_TAIL = 1 << 20


def are_mappings_same(home: Home, mark: str) -> bool:
    """Return whether no mapping changed since the log ended as a mark says: ``NAME OFFSET``, or ``-`` for no log."""
    name, _, offset = mark.partition(" ")
    segments = sorted((home.path / "wal").glob("wal-*.log"))
    names = [segment.name for segment in segments]
    if mark != "-" and name not in names:
        return False
    first = 0 if mark == "-" else names.index(name)
    starts = [_SEGMENT_HEADER] * len(segments)
    if mark != "-":
        starts[first] = int(offset)
    return all(_is_tail_other(segment, start) for segment, start in list(zip(segments, starts))[first:])


def _is_tail_other(segment: Path, start: int) -> bool:
    try:
        with segment.open("rb") as file:
            file.seek(0, 2)
            if not 0 <= file.tell() - start <= _MOST_TAIL:
                return False
            file.seek(start)
            data = file.read()
    except FileNotFoundError:
        return False
    at = 0
    while at + _FRAME_HEADER <= len(data):
        magic, length, _, count, checksum, _ = _FRAME.unpack_from(data, at)
        body = data[at + _FRAME_HEADER : at + _FRAME_HEADER + length]
        if magic != b"IKLF":
            return False
        # What is torn was never acknowledged.
        if len(body) != length or zlib.crc32(body) != checksum:
            return True
        if any(True for _ in _mappings_of(body, count)):
            return False
        at += _FRAME_HEADER + length
    return True


def _mappings_of(body: bytes, count: int) -> Iterator[_Row]:
    at = 0
    for _ in range(count):
        length, kind = struct.unpack_from("<IH", body, at)
        if kind == _MAPPING:
            yield json.loads(body[at + 8 : at + 8 + length])
        at += 8 + length


def _seconds(text: str) -> Optional[datetime]:
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return time.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0) if time.tzinfo else None


def _row_of_pin(pin: _Row, replicas: int) -> _Row:
    return {
        "cid": pin["cid"],
        "name": pin["name"],
        "pin_type": pin["type"],
        "timestamp": _seconds(pin["createdAt"]),
        "metadata": _json({"created_at": pin["createdAt"]}),
        "backend": "local",
        "replication_factor": replicas,
    }


def _row_of_copy(row: _Row, replicas: int) -> _Row:
    fields = _object(row["metadata"])
    own = fields.pop("ipfs_kit", {})
    name = fields.get("name")
    return {
        "cid": row["cid"],
        "name": name if isinstance(name, str) else "",
        "size_bytes": own.get("size"),
        "pin_type": "recursive",
        "timestamp": _seconds(row["created_at"]),
        "metadata": _json(
            {
                **fields,
                "created_at": row["created_at"],
                "status": row["status"],
                "car_file_path": row["car_file_path"],
            }
        ),
        "backend": row["backend_name"],
        "replication_factor": replicas,
        "verified": "verified_at" in own,
        "last_access": _seconds(own.get("read_at") or ""),
    }


def _object(text: str) -> _Row:
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {"metadata": text}


def _json(value: _Row) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
