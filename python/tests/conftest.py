"""A home with an engine, made by the command that ``IPFS_KIT_COMMAND`` names."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Iterator

import pytest

from ipfs_kit import Home, IpfsFileSystem


@pytest.fixture(scope="session")
def home() -> Iterator[Home]:
    """Return a home whose engine runs until the tests end."""
    folder = tempfile.mkdtemp(prefix="ipfs-kit-python-")
    os.environ["IPFS_KIT_HOME"] = os.path.join(folder, "home")
    # A port of its own, as an engine of the user may have the usual one.
    os.environ["IPFS_KIT_SERVICE_LISTEN"] = "127.0.0.1:0"
    place = Home()
    place.start_engine()
    try:
        yield place
    finally:
        place.run("daemon", "stop", "--json")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def fs(home: Home) -> IpfsFileSystem:
    """Return the file system of the home."""
    return IpfsFileSystem(home.path)


@pytest.fixture
def bare_home(tmp_path: Path) -> Home:
    """Return a home without an engine, which is empty."""
    (tmp_path / "bare").mkdir()
    return Home(tmp_path / "bare")
