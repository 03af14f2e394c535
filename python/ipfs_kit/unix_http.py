"""HTTP/1.1 over the socket of an engine, for asyncio: as much of it as the engine speaks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import AsyncIterator, Optional

from .errors import IpfsKitError, error_of, error_of_answer
from .home import Home

_MOST_IDLE = 8
_PIECE = 1 << 20
_LIMIT = 1 << 16


@dataclass
class Answer:
    """The head of an answer; its body is read from the connection."""

    status: int
    headers: dict[str, str]


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.loop = asyncio.get_running_loop()

    async def head(self) -> Answer:
        """Read the head of an answer. Raises ConnectionResetError where the engine closed instead."""
        line = await self.reader.readline()
        if not line:
            raise ConnectionResetError("the engine closed the connection")
        status = int(line.split(b" ", 2)[1])
        headers: dict[str, str] = {}
        while (line := await self.reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        return Answer(status, headers)

    async def body(self, answer: Answer) -> AsyncIterator[bytes]:
        """Yield the pieces of a body. Raises IncompleteReadError where it is cut off."""
        if answer.headers.get("transfer-encoding") == "chunked":
            while (size := int((await self.reader.readline()) or b"-1", 16)) > 0:
                yield await self.reader.readexactly(size)
                await self.reader.readexactly(2)
            if size < 0:
                raise asyncio.IncompleteReadError(b"", None)
            await self.reader.readline()
            return
        left = int(answer.headers.get("content-length", "0"))
        while left > 0:
            piece = await self.reader.read(min(left, _PIECE))
            if not piece:
                raise asyncio.IncompleteReadError(b"", left)
            left -= len(piece)
            yield piece

    def close(self) -> None:
        self.writer.close()


class UnixHttp:
    """A client for one event loop. Connections are kept and used again."""

    def __init__(self, home: Home, start: bool) -> None:
        self._home = home
        self._start = start
        self._idle: list[_Connection] = []

    async def _open(self) -> _Connection:
        try:
            socket = self._home.connect()
        except (FileNotFoundError, ConnectionRefusedError) as error:
            if not self._start:
                raise error_of("CLOSED", f"no engine of {self._home.path} runs: ipfs-kit daemon start", True) from error
            await asyncio.get_running_loop().run_in_executor(None, self._home.start_engine)
            socket = self._home.connect()
        reader, writer = await asyncio.open_unix_connection(sock=socket, limit=_LIMIT)
        return _Connection(reader, writer)

    async def get(self, target: str, headers: Optional[dict[str, str]] = None) -> bytes:
        """Return a whole body."""
        return b"".join([piece async for piece in self.pieces("GET", target, headers)])

    async def pieces(
        self,
        method: str,
        target: str,
        headers: Optional[dict[str, str]] = None,
        body: Optional[AsyncIterator[bytes]] = None,
    ) -> AsyncIterator[bytes]:
        """Ask, and yield the pieces of the answer. A body is sent as it comes. Raises IpfsKitError."""
        connection, answer = await self._ask(method, target, headers or {}, body)
        is_whole = False
        try:
            pieces = connection.body(answer)
            if answer.status >= 400:
                raise error_of_answer(answer.status, b"".join([piece async for piece in pieces]))
            async for piece in pieces:
                yield piece
            is_whole = True
        except IpfsKitError:
            raise
        except (asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
            raise error_of("CLOSED", f"the engine ended its answer to {target} in the middle", True) from error
        finally:
            if is_whole and answer.headers.get("connection") != "close" and len(self._idle) < _MOST_IDLE:
                self._idle.append(connection)
            else:
                connection.close()

    async def _ask(
        self, method: str, target: str, headers: dict[str, str], body: Optional[AsyncIterator[bytes]]
    ) -> tuple[_Connection, Answer]:
        lines = [f"{method} {target} HTTP/1.1", "host: localhost", *(f"{k}: {v}" for k, v in headers.items())]
        if body is not None:
            lines.append("transfer-encoding: chunked")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        while True:
            connection = self._idle.pop() if self._idle and body is None else None
            is_fresh = connection is None
            connection = connection or await self._open()
            try:
                connection.writer.write(head)
                if body is not None:
                    await _send(connection.writer, body)
                await connection.writer.drain()
                return connection, await connection.head()
            except (ConnectionError, OSError) as error:
                connection.close()
                # One that was kept may have been closed by the engine meanwhile.
                if is_fresh:
                    raise error_of("CLOSED", f"the engine closed the connection: {error}", True) from error

    def close(self) -> None:
        """Close the connections that are kept, from any thread."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.loop.is_closed():
                connection.loop.call_soon_threadsafe(connection.close)


async def _send(writer: asyncio.StreamWriter, body: AsyncIterator[bytes]) -> None:
    async for piece in body:
        if piece:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
    writer.write(b"0\r\n\r\n")
