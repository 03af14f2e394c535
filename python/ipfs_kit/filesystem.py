"""The file system ``ipfs://`` for fsspec: content by CID, over the socket of an engine."""

from __future__ import annotations

import json
import os
import tempfile
import weakref
from datetime import datetime, timezone
from typing import Any, AsyncIterator, Optional, Union
from urllib.parse import quote, urlencode

from fsspec.asyn import AbstractAsyncStreamedFile, AsyncFileSystem, sync
from fsspec.callbacks import DEFAULT_CALLBACK
from fsspec.spec import AbstractBufferedFile
from fsspec.utils import stringify_path

from .errors import IpfsKitError, error_of
from .home import Home
from .streams import pins as pins_of
from .unix_http import UnixHttp

_PIECE = 1 << 20
_Detail = dict[str, Any]


class IpfsFileSystem(AsyncFileSystem):  # type: ignore[misc]
    """Read content of a home of ipfs-kit by CID, and add to it.

    Paths are ``ipfs://CID/a/path``; the root lists what is pinned. Content never changes, so whatever was listed
    stays cached. What is put gets the name that its bytes have: ``put``, ``pipe`` and files that are written return, or keep,
    the CID. Nothing can be moved, changed or removed; ``unpin`` lets gc remove content.

    Parameters
    ----------
    home:
        The home, else ``$IPFS_KIT_HOME``, else ``~/.ipfs_kit``. FileNotFoundError where there is none.
    start:
        Whether an engine is started where none runs.
    """

    protocol = ("ipfs",)
    root_marker = ""
    cachable = True

    def __init__(
        self, home: Union[None, str, os.PathLike[str]] = None, start: bool = True, **options: Any
    ) -> None:
        super().__init__(**options)
        self.home = Home.existing(home)
        self._http = UnixHttp(self.home, start)
        #: CIDs of what was written in this process, by the name that it was written under.
        self.added: dict[str, str] = {}
        weakref.finalize(self, self._http.close)

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(one) for one in path]
        text: str = stringify_path(path)
        for prefix in ("ipfs://", "/ipfs/"):
            text = text.removeprefix(prefix)
        return text.strip("/")

    @classmethod
    def _parent(cls, path: Any) -> str:
        return str(cls._strip_protocol(path).rpartition("/")[0])

    def fixed(self, path: str) -> str:
        """Return a path that means the same content ever after."""
        return str(self._strip_protocol(path))

    async def _fixed(self, path: str) -> str:
        return self.fixed(path)

    async def _told(self, prefix: str, path: str) -> Any:
        return json.loads(await self._http.get(f"{prefix}/ipfs/{quote(await self._fixed(path))}"))

    async def _download(self, path: str) -> str:
        """Return where the bytes of a file are had; a folder has none."""
        return f"/api/v1/download?path={quote(f'/ipfs/{await self._fixed(path)}', safe='')}"

    # Reading

    async def _info(self, path: str, **_: Any) -> _Detail:
        path = self._strip_protocol(path)
        if path == "":
            return {"name": "", "size": 0, "type": "directory"}
        found = self._ls_from_cache(path)
        for entry in found or []:
            if entry["name"] == path:
                return dict(entry)
        return _detail(path, await self._told("/kit/stat", path))

    async def _ls(self, path: str, detail: bool = True, **_: Any) -> Any:
        path = self._strip_protocol(path)
        entries = self.dircache.get(path) if path in self.dircache else await self._list(path)
        return entries if detail else sorted(entry["name"] for entry in entries)

    async def _list(self, path: str) -> list[_Detail]:
        if path == "":
            return await self._roots()
        told = await self._told("/kit/ls", path)
        if told["type"] != "directory":
            return [_detail(path, told)]
        entries = [_detail(f"{path}/{entry['name']}", entry) for entry in told["entries"] if entry["type"] is not None]
        self.dircache[path] = entries
        return entries

    async def _roots(self) -> list[_Detail]:
        """Return what is pinned in the home. It is not cached, as it changes."""
        rows = json.loads(await self._http.get("/ipc/pin_index.json"))["rows"]
        return [
            {
                "name": row["cid"],
                "size": row["size_bytes"] or 0,
                "type": "directory" if '"is_folder":true' in row["metadata"] else "file",
                "cid": row["cid"],
            }
            for row in rows
            if row["backend"] == "local"
        ]

    async def _cat_file(
        self, path: str, start: Optional[int] = None, end: Optional[int] = None, **_: Any
    ) -> bytes:
        path = await self._fixed(path)
        headers = {}
        if start is not None or end is not None:
            if (start or 0) < 0 or (end is not None and end < 0) or (end is not None and end <= (start or 0)):
                size = (await self._info(path))["size"]
                start, end, _step = slice(start, end).indices(size)
            if end is not None and end <= (start or 0):
                return b""
            headers["range"] = f"bytes={start or 0}-{'' if end is None else end - 1}"
        try:
            return await self._http.get(await self._download(path), headers)
        except IpfsKitError as error:
            # A range behind the end of a file has no bytes.
            if error.status == 416:
                return b""
            raise

    async def _cat_ranges(self, paths: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(paths, list):
            paths = [paths]
        fixed = {path: await self._fixed(path) for path in paths}
        return await super()._cat_ranges([fixed[path] for path in paths], *args, **options)

    async def _get_file(
        self, rpath: str, lpath: Any, callback: Any = DEFAULT_CALLBACK, **_: Any
    ) -> None:
        rpath = await self._fixed(rpath)
        info = await self._info(rpath)
        if info["type"] == "directory":
            os.makedirs(lpath, exist_ok=True)
            return
        os.makedirs(os.path.dirname(os.fspath(lpath)) or ".", exist_ok=True)
        callback.set_size(info["size"])
        with open(lpath, "wb") as file:
            async for piece in self._http.pieces("GET", await self._download(rpath)):
                file.write(piece)
                callback.relative_update(len(piece))

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        options = {key: value for key, value in options.items() if key in ("block_size", "cache_type", "cache_options")}
        if "block_size" in options and options["block_size"] is None:
            del options["block_size"]
        if mode == "rb":
            return IpfsFile(self, self.fixed(path), mode, **options)
        if mode in ("wb", "xb"):
            return WrittenFile(self, self._new_name(path))
        raise error_of("READ_ONLY", f"content does not change: {path} cannot be opened with mode {mode}")

    async def open_async(self, path: str, mode: str = "rb", **options: Any) -> AsyncIpfsFile:
        """Open a file for reading in coroutines."""
        if mode != "rb":
            raise error_of("READ_ONLY", "content is read in coroutines, and added with put or pipe")
        path = await self._fixed(path)
        info = await self._info(path)
        if info["type"] == "directory":
            raise error_of("IS_A_DIRECTORY", f"{path} is a folder")
        return AsyncIpfsFile(self, path, mode, size=info["size"], **options)

    # Adding

    def _new_name(self, path: str) -> str:
        """Return the name of a pin. Raises for a path that lies in content, which never changes."""
        name = str(self._strip_protocol(path))
        if "/" in name:
            raise error_of(
                "READ_ONLY",
                f"content has the name that its bytes have: {path} cannot be written; give a name without a slash, and use the CID that is returned",
            )
        return name or "file"

    async def _add(self, name: str, body: AsyncIterator[bytes]) -> str:
        pieces = self._http.pieces("POST", "/kit/add?" + urlencode({"name": name}), None, body)
        cid: str = json.loads(b"".join([piece async for piece in pieces]))["cid"]
        self.added[name] = cid
        return cid

    async def _pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **_: Any) -> str:
        """Add bytes, and return their CID. The path is the name of the pin."""

        async def body() -> AsyncIterator[bytes]:
            for at in range(0, len(value), _PIECE):
                yield bytes(value[at : at + _PIECE])

        return await self._add(self._new_name(path), body())

    async def _put_file(
        self, lpath: Any, rpath: str = "", callback: Any = DEFAULT_CALLBACK, mode: str = "overwrite", **_: Any
    ) -> str:
        """Add a file or folder of this machine, and return its CID."""
        if rpath:
            self._new_name(rpath)
        path = os.path.abspath(os.fspath(lpath))
        if not os.path.exists(path):
            raise error_of("PATH_NOT_FOUND", f"{path} does not exist")
        told = await self._post("/kit/add?" + urlencode({"path": path}))
        callback.set_size(told["size"])
        callback.relative_update(told["size"])
        cid: str = told["cid"]
        self.added[os.path.basename(path)] = cid
        return cid

    async def _put(
        self, lpath: Any, rpath: Any = "", recursive: bool = False, callback: Any = DEFAULT_CALLBACK, **_: Any
    ) -> Union[str, list[str]]:
        """Add files, or with ``recursive`` folders. Return the CID of each, or of the one that was given."""
        if isinstance(lpath, (list, tuple)):
            return [await self._put_one(one, recursive, callback) for one in lpath]
        return await self._put_one(lpath, recursive, callback)

    async def _put_one(self, lpath: Any, recursive: bool, callback: Any) -> str:
        if os.path.isdir(lpath) and not recursive:
            raise error_of("IS_A_DIRECTORY", f"{lpath} is a folder: put(…, recursive=True)")
        return await self._put_file(lpath, "", callback)

    async def _post(self, target: str, method: str = "POST") -> Any:
        return json.loads(b"".join([piece async for piece in self._http.pieces(method, target)]))

    # Pins

    def pins(self) -> Any:
        """Return what is pinned as an Arrow table; see ``ipfs_kit.pins``."""
        return pins_of(self.home)

    def pin(self, cid: str, name: Optional[str] = None) -> None:
        """Keep content when gc runs. What is missing is fetched."""
        fields = {"cid": self._strip_protocol(cid), **({} if name is None else {"name": name})}
        sync(self.loop, self._post, "/kit/pins?" + urlencode(fields))

    def unpin(self, cid: str) -> None:
        """Let gc remove content."""
        sync(self.loop, self._post, "/kit/pins?" + urlencode({"cid": self._strip_protocol(cid)}), "DELETE")

    # What content does not do

    async def _rm_file(self, path: str, **_: Any) -> None:
        raise error_of("READ_ONLY", f"content is not removed by its path ({path}); unpin(cid) lets gc remove it")

    async def _rm(self, path: Any, recursive: bool = False, **_: Any) -> None:
        await self._rm_file(str(path))

    async def _cp_file(self, path1: str, path2: str, **_: Any) -> None:
        raise error_of("READ_ONLY", f"{path1} has the name that its bytes have, and no other ({path2})")

    async def _mkdir(self, path: str, create_parents: bool = True, **_: Any) -> None:
        raise error_of("READ_ONLY", f"a folder is added as a whole, with put(…, recursive=True), not made: {path}")

    async def _makedirs(self, path: str, exist_ok: bool = False) -> None:
        await self._mkdir(path)

    def ukey(self, path: str) -> str:
        """Return the CID, by which caches know content."""
        return str(self.info(path).get("cid", ""))

    checksum = ukey

    def modified(self, path: str) -> datetime:
        """Return the time that a file was added with; else 1970, as content never changes."""
        return datetime.fromtimestamp(self.info(path).get("mtime", 0), timezone.utc)


def _detail(name: str, told: _Detail) -> _Detail:
    mtime = told.get("mtime")
    return {
        "name": name,
        "size": 0 if told["type"] == "directory" else told["size"],
        "type": "link" if told["type"] == "symlink" else told["type"],
        "cid": told["cid"],
        **({} if not isinstance(mtime, (int, float)) else {"mtime": mtime}),
    }


class IpfsFile(AbstractBufferedFile):  # type: ignore[misc]
    """A file that is read by ranges."""

    # The engine is near, and reads ahead itself of what is far: little is asked for that is not wanted.
    DEFAULT_BLOCK_SIZE = 1 << 18

    def __init__(self, fs: IpfsFileSystem, path: str, mode: str = "rb", **options: Any) -> None:
        super().__init__(fs, path, mode, **options)
        if self.details["type"] == "directory":
            raise error_of("IS_A_DIRECTORY", f"{path} is a folder")

    def _fetch_range(self, start: int, end: int) -> bytes:
        found: bytes = self.fs.cat_file(self.path, start, end)
        return found


class AsyncIpfsFile(AbstractAsyncStreamedFile):  # type: ignore[misc]
    """A file that is read in coroutines."""

    async def _fetch_range(self, start: int, end: int) -> bytes:
        found: bytes = await self.fs._cat_file(self.path, start, end)
        return found

    async def close(self) -> None:
        """Close it."""
        self.closed = True


class WrittenFile:
    """A file that is added when it is closed; ``cid`` is its CID from then on."""

    def __init__(self, fs: IpfsFileSystem, name: str) -> None:
        self.fs = fs
        self.name = name
        self.cid: Optional[str] = None
        self._file = tempfile.TemporaryFile()
        self.closed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> WrittenFile:
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def discard(self) -> None:
        """Forget what was written."""
        self.closed = True
        self._file.close()

    def close(self) -> None:
        """Add what was written. Raises IpfsKitError."""
        if self.closed:
            return
        self._file.seek(0)

        async def body() -> AsyncIterator[bytes]:
            while piece := self._file.read(_PIECE):
                yield piece

        try:
            self.cid = sync(self.fs.loop, self.fs._add, self.name, body())
        finally:
            self.discard()
