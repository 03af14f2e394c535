"""HTTP to an engine, on its socket or its port: documents, bytes, events and jobs."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any, BinaryIO, Callable, Generic, Iterable, Iterator, NamedTuple, Optional, TypeVar, Union, cast
from urllib.parse import quote, urlencode, urlsplit

from .errors import IpfsKitError, error_of, error_of_answer, error_of_problem
from .home import Home

T = TypeVar("T")

Data = Union[bytes, BinaryIO, Iterable[bytes]]
"""What is uploaded: bytes, a file, or pieces as they come."""

Fields = dict[str, Any]

_PIECE = 1 << 20
_API = "/api/v1"


class Event(NamedTuple):
    """An event as the engine sends it, its data from JSON."""

    name: str
    data: Any


class SocketConnection(http.client.HTTPConnection):
    """A connection to the socket of an engine."""

    def __init__(self, home: Home, timeout: Optional[float]) -> None:
        super().__init__("localhost", timeout=timeout)
        self._home = home

    def connect(self) -> None:
        self.sock = self._home.connect()
        self.sock.settimeout(self.timeout)


class SocketTransport:
    """Reaches the engine of a home by its socket, and starts one where ``start`` says so."""

    def __init__(self, home: Home, timeout: float, start: bool) -> None:
        self._home = home
        self._timeout = timeout
        self._start = start

    def open(self) -> http.client.HTTPConnection:
        """Return a connection. Raises IpfsKitError where no engine runs."""
        connection = SocketConnection(self._home, self._timeout)
        try:
            connection.connect()
        except (FileNotFoundError, ConnectionRefusedError) as error:
            if not self._start:
                raise error_of("CLOSED", f"no engine of {self._home.path} runs: ipfs-kit daemon start", True) from error
            self._home.start_engine()
            connection.connect()
        return connection

    def headers(self) -> dict[str, str]:
        """Return nothing: who can open the socket needs no token."""
        return {}


class PortTransport:
    """Reaches an engine by its port, with a token: the one given, else that of the home, which each engine makes anew."""

    def __init__(
        self, url: str, token: Optional[str], home: Home, timeout: float, context: Optional[ssl.SSLContext]
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.hostname is None or parts.path not in ("", "/"):
            raise error_of("INVALID_ARGUMENT", f"{url} is no address of an engine, such as http://127.0.0.1:8520")
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port or (443 if self._secure else 80)
        self._token = token
        self._home = home
        self._timeout = timeout
        self._context = context

    def open(self) -> http.client.HTTPConnection:
        """Return a connection. Raises IpfsKitError where nobody listens."""
        connection = (
            http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout, context=self._context)
            if self._secure
            else http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        )
        try:
            connection.connect()
        except OSError as error:
            raise error_of("CLOSED", f"no engine answers at {self._host}:{self._port}: {error}", True) from error
        return connection

    def headers(self) -> dict[str, str]:
        """Return the header with the token."""
        if self._token is not None:
            return {"authorization": f"Bearer {self._token}"}
        file = self._home.socket_path.with_name("token")
        try:
            return {"authorization": f"Bearer {file.read_text().strip()}"}
        except OSError as error:
            raise error_of("CREDENTIALS", f"give token=, or the home of the engine: {file}: {error.strerror}") from error


Transport = Union[SocketTransport, PortTransport]


class Body:
    """The bytes of an answer: read them, or take the pieces one by one. Close it, or use it in a ``with`` statement."""

    def __init__(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> None:
        self._connection = connection
        self._answer = answer
        self.headers = {name.lower(): value for name, value in answer.getheaders()}

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes, or all; nothing at the end. Raises IpfsKitError where the engine cut the answer off."""
        try:
            data = self._answer.read() if size < 0 else self._answer.read(size)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise _cut(error) from error
        # http.client takes a connection that ended early for the end of the body.
        if not data and size != 0 and self._answer.length:
            self.close()
            raise _cut(None)
        return data

    def __iter__(self) -> Iterator[bytes]:
        with self:
            while piece := self.read(_PIECE):
                yield piece

    def lines(self) -> Iterator[bytes]:
        """Yield lines as they come."""
        with self:
            try:
                yield from self._answer
            except (http.client.HTTPException, OSError) as error:
                raise _cut(error) from error

    def close(self) -> None:
        """End the answer; the engine stops its work for it."""
        self._answer.close()
        self._connection.close()

    def __enter__(self) -> Body:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _cut(error: Optional[BaseException]) -> IpfsKitError:
    return error_of("CLOSED", f"the engine ended its answer in the middle{'' if error is None else f': {error}'}", True)


class Job(Generic[T]):
    """Work in the background. It ends with the engine; ``id`` finds it again."""

    def __init__(self, requests: Requests, id: str) -> None:
        self._requests = requests
        self.id = id

    def report(self) -> dict[str, Any]:
        """Return the job as it is now: ``status``, ``progress``, ``warnings``, ``result``, ``error``."""
        return cast("dict[str, Any]", self._requests.json("GET", f"/jobs/{segment(self.id)}")["job"])

    def reports(self) -> Iterator[dict[str, Any]]:
        """Yield the job whenever it changed, the last time when it ended."""
        for event in self._requests.events(f"/jobs/{segment(self.id)}/events"):
            yield event.data

    def cancel(self) -> None:
        """Ask the job to end."""
        self._requests.json("DELETE", f"/jobs/{segment(self.id)}")

    def wait(self, progress: Optional[Callable[[dict[str, Any]], None]] = None) -> T:
        """Wait for the end, and return the result. Raises IpfsKitError where the job failed or was cancelled.

        progress: is called with the report whenever it changed.
        """
        for report in self.reports():
            if progress is not None:
                progress(report)
            if report["status"] == "completed":
                return cast(T, report["result"])
            if report["status"] != "running":
                raise error_of_problem(report["error"])
        raise _cut(None)


class Requests:
    """Asks an engine. Each request has a connection of its own, so that threads and forks share nothing."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def json(
        self,
        method: str,
        path: str,
        query: Optional[Fields] = None,
        body: Optional[Fields] = None,
        data: Optional[Data] = None,
        key: Optional[str] = None,
        headers: Optional[dict[str, str]] = None,
    ) -> Any:
        """Return a document. Fields that are None are not sent. Raises IpfsKitError."""
        sent = {**(headers or {})}
        payload = data
        if body is not None:
            sent["content-type"] = "application/json"
            payload = json.dumps({name: value for name, value in body.items() if value is not None}).encode()
        elif data is not None:
            sent["content-type"] = "application/octet-stream"
        if key is not None:
            sent["idempotency-key"] = key
        with self._ask(method, path, query, payload, sent) as answer:
            return json.loads(answer.read())

    def job(
        self,
        method: str,
        path: str,
        query: Optional[Fields] = None,
        body: Optional[Fields] = None,
        key: Optional[str] = None,
    ) -> Job[Any]:
        """Start work in the background."""
        started = self.json(method, path, query, body, key=key, headers={"prefer": "respond-async"})
        return Job(self, started["job"]["id"])

    def download(
        self, path: str, query: Optional[Fields] = None, part: tuple[Optional[int], Optional[int]] = (None, None)
    ) -> Body:
        """Return bytes that are read as they come."""
        start, end = part
        if start is None and end is None:
            return self._ask("GET", path, query, None, {})
        first, last = start or 0, "" if end is None else str(end - 1)
        if end is not None and end <= first:
            raise error_of("INVALID_ARGUMENT", f"there is nothing from {first} up to {end}")
        return self._ask("GET", path, query, None, {"range": f"bytes={first}-{last}"})

    def events(self, path: str, query: Optional[Fields] = None) -> Iterator[Event]:
        """Yield events as they come, until the engine ends them."""
        body = self._ask("GET", path, query, None, {"accept": "text/event-stream"})
        name, data = "message", ""
        for line in body.lines():
            field, _, value = line.decode().rstrip("\r\n").partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                name = value
            elif field == "data":
                data += value
            elif field == "" and data:
                yield Event(name, json.loads(data))
                name, data = "message", ""

    def _ask(
        self, method: str, path: str, query: Optional[Fields], payload: Optional[Data], headers: dict[str, str]
    ) -> Body:
        target = _API + path + _query(query or {})
        connection = self._transport.open()
        try:
            sent = {**self._transport.headers(), **headers}
            try:
                connection.request(method, target, payload, sent)
            except (BrokenPipeError, ConnectionResetError):
                # An engine that refuses a body does not wait for the rest of it, and says why.
                pass
            answer = connection.getresponse()
            if answer.status >= 400:
                raise error_of_answer(answer.status, answer.read())
        except IpfsKitError:
            connection.close()
            raise
        except (http.client.HTTPException, OSError) as error:
            connection.close()
            raise error_of("CLOSED", f"the engine did not answer {method} {path}: {error}", True) from error
        return Body(connection, answer)


def segment(text: str) -> str:
    """Return a text as one segment of a path."""
    return quote(text, safe="")


def _query(fields: Fields) -> str:
    given = {name: _word(value) for name, value in fields.items() if value is not None}
    return f"?{urlencode(given, doseq=True)}" if given else ""


def _word(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
