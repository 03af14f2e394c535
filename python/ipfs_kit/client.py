"""A client of the whole API: ``Client().pin_ls()``."""

from __future__ import annotations

import ssl
from typing import Iterator, Optional

from .api import Operations
from .home import Home, HomeLike
from .transport import Event, PortTransport, Requests, SocketTransport

_TIMEOUT = 600.0


class Client(Operations):
    """Asks an engine by its socket, or by ``url`` with a token.

    home: whose engine is asked; else ``$IPFS_KIT_HOME``, else ``~/.ipfs_kit``.
    url: address of an engine, such as ``http://127.0.0.1:8520``; without it, the socket of the home.
    token: for ``url``; without it, that of the home.
    start: whether an engine is started where none runs, for the socket.
    timeout: seconds in which the engine must send something.
    context: for ``https``.
    """

    def __init__(
        self,
        home: HomeLike = None,
        *,
        url: Optional[str] = None,
        token: Optional[str] = None,
        start: bool = True,
        timeout: float = _TIMEOUT,
        context: Optional[ssl.SSLContext] = None,
    ) -> None:
        place = Home.of(home) if url is not None or home is None else Home.existing(home)
        transport = (
            SocketTransport(place, timeout, start)
            if url is None
            else PortTransport(url, token, place, timeout, context)
        )
        super().__init__(Requests(transport))

    def events(self, *types: str, after: Optional[int] = None) -> Iterator[Event]:
        """Yield what happens in the engine as it happens, without an end; ``ready`` says that it listens.

        types: only these, as ``event_ls`` describes them; all by default.
        after: the ``id`` of the last event that is known.
        """
        return self._requests.events("/events", query={"type": list(types) or None, "after": after})
