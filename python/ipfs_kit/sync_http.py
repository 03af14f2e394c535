"""One request of HTTP over the socket of an engine."""

from __future__ import annotations

import http.client
import json
from typing import Any, Optional

from .errors import error_of, error_of_answer
from .home import Home
from .transport import SocketConnection


def ask(home: Home, method: str, path: str, request: Optional[dict[str, Any]] = None) -> Optional[bytes]:
    """Return the body of an answer; None where no engine runs. Raises IpfsKitError, ``CLOSED`` where the engine ends meanwhile.

    There is no limit of time here: the engine ends a statement at its own.
    """
    connection = SocketConnection(home, None)
    try:
        connection.connect()
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    try:
        connection.request(method, path, None if request is None else json.dumps(request))
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise error_of("CLOSED", f"the engine did not answer {method} {path}: {error}", True) from error
    finally:
        connection.close()
    if answer.status == 200:
        return body
    raise error_of_answer(answer.status, body)
