"""The errors of ipfs-kit as those that Python programs expect of files."""

from __future__ import annotations

import errno
import json
from types import MappingProxyType
from typing import Any, Mapping, Optional


class IpfsKitError(OSError):
    """A failure that ipfs-kit tells.

    ``code`` is its code, such as ``BLOCK_NOT_FOUND``; ``recoverable`` says whether the same call may succeed later.
    ``problem`` has what the API told, such as ``status``, and ``fields`` where the request does not fit its schema.
    ``status`` is that of HTTP where an engine answered.
    """

    code: str = "INTERNAL"
    recoverable: bool = False
    problem: Mapping[str, Any] = MappingProxyType({})
    status: Optional[int] = None


class _NotFound(IpfsKitError, FileNotFoundError):
    pass


class _IsADirectory(IpfsKitError, IsADirectoryError):
    pass


class _NotADirectory(IpfsKitError, NotADirectoryError):
    pass


class _Denied(IpfsKitError, PermissionError):
    pass


class _TimedOut(IpfsKitError, TimeoutError):
    pass


class _Exists(IpfsKitError, FileExistsError):
    pass


class _Invalid(IpfsKitError, ValueError):
    pass


_CLASSES: dict[str, tuple[type[IpfsKitError], int]] = {
    "PATH_NOT_FOUND": (_NotFound, errno.ENOENT),
    "BLOCK_NOT_FOUND": (_NotFound, errno.ENOENT),
    "IS_A_DIRECTORY": (_IsADirectory, errno.EISDIR),
    "NOT_A_DIRECTORY": (_NotADirectory, errno.ENOTDIR),
    "ACCESS_DENIED": (_Denied, errno.EACCES),
    "READ_ONLY": (_Denied, errno.EROFS),
    "TIMEOUT": (_TimedOut, errno.ETIMEDOUT),
    "EXISTS": (_Exists, errno.EEXIST),
    "INVALID_CID": (_Invalid, errno.EINVAL),
    "INVALID_ARGUMENT": (_Invalid, errno.EINVAL),
    "USAGE": (_Invalid, errno.EINVAL),
    "NO_SPACE": (IpfsKitError, errno.ENOSPC),
}


def error_of(code: str, message: str, recoverable: bool = False) -> IpfsKitError:
    """Return the error of a code of ipfs-kit."""
    kind, number = _CLASSES.get(code, (IpfsKitError, errno.EIO))
    error = kind(number, message)
    error.code = code
    error.recoverable = recoverable
    return error


def error_of_answer(status: int, body: bytes) -> IpfsKitError:
    """Return the error that an answer of the engine tells."""
    try:
        error = error_of_problem(json.loads(body))
    except (ValueError, KeyError, TypeError):
        text = body.decode(errors="replace").strip()
        error = error_of("INTERNAL", f"the engine answered {status}: {text[:200]}")
    error.status = status
    return error


def error_of_problem(told: Mapping[str, Any]) -> IpfsKitError:
    """Return the error that a document tells. Raises KeyError for another document."""
    error = error_of(told["code"], told["error"], told["recoverable"])
    error.problem = told
    return error
