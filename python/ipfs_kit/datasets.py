"""Datasets and SQL: Arrow tables that are mapped from the files of their results, and ``parquet-ipfs://``."""

from __future__ import annotations

import json
import os
import re
import tempfile
from typing import Any, Mapping, Optional, Sequence
from urllib.parse import quote, urlencode

import pyarrow as pa
from fsspec.asyn import sync

from .cids import is_cid
from .errors import error_of
from .filesystem import IpfsFileSystem
from .home import Home, HomeLike
from .parameters import parameter_of, word_of
from .sync_http import ask


def query(sql: str, parameters: Optional[Mapping[str, Any]] = None, home: HomeLike = None) -> pa.Table:
    """Run a SELECT over the tables of a home, and map its result.

    Parameters are values for ``$name`` in the statement: texts, numbers, booleans, None, dates and datetimes, and lists of values of
    one of these types (``WHERE name IN (SELECT unnest($names))``, ``list_contains($names, name)``). Raises TypeError for others, IpfsKitError with the code ``ACCESS_DENIED`` for what is not
    allowed, ``INVALID_ARGUMENT`` for wrong SQL, ``TIMEOUT`` and ``MEMORY_BUDGET`` at the limits.
    """
    place = Home.existing(home)
    values = {name: parameter_of(name, value) for name, value in dict(parameters or {}).items()}
    request = {"sql": sql, "parameters": values}
    words = ["query", *(f"--param={name}={word_of(value)}" for name, value in values.items())]
    return _mapped(place, "/kit/query", request, words, sql)


def dataset(
    name: str,
    columns: Optional[Sequence[str]] = None,
    where: Optional[str] = None,
    home: HomeLike = None,
) -> pa.Table:
    """Return the rows of a dataset: ``NAME``, ``NAME@VERSION`` or the CID of a version, mapped.

    ``columns`` and ``where``, a condition in SQL, choose some of them before anything is written.
    """
    place = Home.existing(home)
    words = ["dataset", "get"]
    if columns is None and where is None:
        # The file of a version is kept, so that it is written once.
        told = ask(place, "POST", "/kit/dataset", {"ref": name})
        if told is not None:
            return _map(str(json.loads(told)["output"]))
        return _map(str(place.run(*words, "--format=arrow", "--mmap", "--json", "--", name)["output"]))
    request: dict[str, Any] = {"ref": name}
    if columns is not None:
        request["columns"] = list(columns)
        words.append(f"--columns={','.join(columns)}")
    if where is not None:
        request["where"] = where
        words.append(f"--where={where}")
    return _mapped(place, "/kit/dataset", request, words, name)


def _mapped(home: Home, path: str, request: dict[str, Any], words: list[str], argument: str) -> pa.Table:
    """Have the engine, or a command where none runs, write Arrow into a file, and map it."""
    with tempfile.TemporaryDirectory(prefix="ipfs-kit-") as folder:
        output = os.path.join(folder, "result.arrow")
        if ask(home, "POST", path, {**request, "output": output}) is None:
            home.run(*words, "--format=arrow", f"--output={output}", "--json", "--", argument)
        # What is mapped stays, though the file is removed.
        return _map(output)


def _map(path: str) -> pa.Table:
    return pa.ipc.open_file(pa.memory_map(path)).read_all()


class ParquetIpfsFileSystem(IpfsFileSystem):
    """The Parquet files of datasets: ``parquet-ipfs://NAME``, ``NAME@VERSION`` or ``CID`` is the folder of a version.

    The root lists the datasets of the home. What ``ipfs://`` reads by CID, this reads too.
    """

    protocol = ("parquet-ipfs",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._data: dict[str, str] = {}

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(one) for one in path]
        return super()._strip_protocol(str(path).removeprefix("parquet-ipfs://"))

    def fixed(self, path: str) -> str:
        """Return a path by the CID of the files of the version that its name means now."""
        return str(sync(self.loop, self._fixed, path))

    async def _fixed(self, path: str) -> str:
        first, slash, rest = super().fixed(path).partition("/")
        return f"{await self._data_of(first)}{slash}{rest}"

    async def _data_of(self, ref: str) -> str:
        """Return the CID of the folder that holds the files of a version."""
        if is_cid(ref):
            return ref
        found = self._data.get(ref)
        if found is None:
            found = str(json.loads(await self._http.get(f"/api/v1/datasets/{quote(ref, safe='')}"))["data"])
            if _is_version(ref):
                self._data[ref] = found
        return found

    async def _roots(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = json.loads(await self._http.get("/api/v1/datasets" + cursor))
            found += [{"name": one["name"], "size": 0, "type": "directory"} for one in page["datasets"]]
            if page["next_cursor"] is None:
                return found
            cursor = "?" + urlencode({"cursor": page["next_cursor"]})

    async def _list(self, path: str) -> list[dict[str, Any]]:
        entries = await super()._list(path)
        first = path.partition("/")[0]
        if not is_cid(first) and not _is_version(first):
            self.dircache.pop(path, None)
        return entries

    def _new_name(self, path: str) -> str:
        raise error_of("READ_ONLY", f"{path}: `ipfs-kit dataset put` adds datasets")


def _is_version(ref: str) -> bool:
    """Return whether a reference means the same version each time, as the newest one and tags need not."""
    return re.search(r"@v\d+$", ref) is not None
