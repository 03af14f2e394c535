"""A home of ipfs-kit: where its files are, its engine, and its command."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any, Optional, Union

from .errors import IpfsKitError, error_of

HomeLike = Union[None, str, "os.PathLike[str]", "Home"]

_LONGEST_SOCKET_PATH = 100
# What a home has, of which each has some.
_PARTS = frozenset(
    "backend_configs backends blocks cache datasets index ipc keys mount.config.json names queries run wal".split()
)


class Home:
    """The home directory of ipfs-kit: ``path``, else ``$IPFS_KIT_HOME``, else ``~/.ipfs_kit``."""

    def __init__(self, path: Union[None, str, os.PathLike[str]] = None) -> None:
        given = os.fspath(path) if path is not None else os.environ.get("IPFS_KIT_HOME", "")
        self.path = Path(given or "~/.ipfs_kit").expanduser().absolute()

    @classmethod
    def of(cls, home: HomeLike) -> Home:
        """Return a home as it is, or the one at a path."""
        return home if isinstance(home, Home) else cls(home)

    @classmethod
    def existing(cls, home: HomeLike) -> Home:
        """Return a home that is there, or an empty folder. Raises FileNotFoundError for another, so that a mistyped path is not taken for an empty home."""
        place = cls.of(home)
        names = {entry.name for entry in place.path.iterdir()} if place.path.is_dir() else None
        if names is not None and (not names or names & _PARTS):
            return place
        other = "" if names is None else ", which is a folder of something else"
        raise error_of(
            "PATH_NOT_FOUND",
            f"there is no home of ipfs-kit at {place.path}{other}: check the path (home=, or IPFS_KIT_HOME); "
            "`ipfs-kit add FILE` and Home(path).start_engine() make one",
        )

    def __repr__(self) -> str:
        return f"Home({str(self.path)!r})"

    @property
    def socket_path(self) -> Path:
        """Where the engine listens, if there is one."""
        own = self.path / "run"
        if os.access(self.path, os.W_OK) or not self.path.exists():
            return own / "socket"
        key = hashlib.sha256(str(self.path.resolve()).encode()).hexdigest()[:24]
        return _user_folder() / key / "socket"

    def connect(self) -> socket.socket:
        """Connect to the engine. Raises FileNotFoundError or ConnectionRefusedError where none runs."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        path = self.socket_path
        folder = -1
        try:
            if len(os.fsencode(path)) > _LONGEST_SOCKET_PATH:
                folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
                path = Path(f"/proc/self/fd/{folder}/socket")
            connection.connect(os.fspath(path))
            return connection
        except BaseException:
            connection.close()
            raise
        finally:
            if folder >= 0:
                os.close(folder)

    def has_engine(self) -> bool:
        """Whether an engine listens."""
        try:
            self.connect().close()
            return True
        except OSError:
            return False

    def start_engine(self) -> None:
        """Start an engine that stays until ``ipfs-kit daemon stop``, where none runs."""
        if not self.has_engine():
            self.run("daemon", "start", "--json")

    def run(self, *words: str) -> dict[str, Any]:
        """Run a command of ipfs-kit whose answer is JSON, and return that."""
        command = command_words()
        environment = {**os.environ, "IPFS_KIT_HOME": str(self.path)}
        done = subprocess.run(
            [*command, *words], env=environment, capture_output=True, check=False, stdin=subprocess.DEVNULL
        )
        try:
            answer: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            said = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
            raise error_of("INTERNAL", f"{shlex.join(command)} {words[0]}: {said}") from None
        if not answer.get("success", False):
            raise error_of(answer.get("code", "INTERNAL"), answer.get("error", ""), answer.get("recoverable", False))
        return answer


def command_words() -> list[str]:
    """Return the words that run ipfs-kit: those of ``$IPFS_KIT_COMMAND``, else ``ipfs-kit`` of the path."""
    given = shlex.split(os.environ.get("IPFS_KIT_COMMAND", ""))
    if given:
        return given
    found: Optional[str] = shutil.which("ipfs-kit")
    if found is not None:
        return [found]
    raise IpfsKitError(
        "no engine of ipfs-kit runs, and the command ipfs-kit is not in PATH to start one: "
        "install it (npm install -g ipfs-kit), or name it in IPFS_KIT_COMMAND"
    )


def _user_folder() -> Path:
    """Return the folder for the sockets of homes that cannot be written, as the engine chooses it."""
    uid = os.getuid()
    for place in (os.environ.get("XDG_RUNTIME_DIR", ""), f"/run/user/{uid}"):
        if not place.startswith("/"):
            continue
        try:
            found = os.lstat(place)
        except OSError:
            continue
        if found.st_uid == uid and not found.st_mode & 0o22:
            return Path(place) / "ipfs-kit"
    return Path("/tmp") / f"ipfs-kit-{uid}"
