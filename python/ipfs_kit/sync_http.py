"""One request of HTTP over the socket of an engine."""

from __future__ import annotations

import http.client
import json
from typing import Any, Optional

from .errors import error_of_answer
from .home import Home
from .transport import SocketConnection

_TIMEOUT = 600


def ask(home: Home, method: str, path: str, request: Optional[dict[str, Any]] = None) -> Optional[bytes]:
    """Return the body of an answer; None where no engine runs, or it ends meanwhile. Raises IpfsKitError."""
    connection = SocketConnection(home, _TIMEOUT)
    try:
        connection.request(method, path, None if request is None else json.dumps(request))
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    if answer.status == 200:
        return body
    raise error_of_answer(answer.status, body)
