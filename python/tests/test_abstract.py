"""fsspec's own tests, as far as they ask what content can do.

What is got is tested as a whole. Its tests of ``put``, ``copy``, ``pipe`` and ``open(…, "wb")`` choose the place of what they write and
change it later; content has the name that its bytes have, and never changes, so that these calls are refused: see
``test_what_content_cannot_do``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.tests.abstract import AbstractFixtures, AbstractGetTests

from ipfs_kit import Home, IpfsFileSystem


class IpfsFixtures(AbstractFixtures):
    """The scenarios of the tests, each made on this machine and added."""

    @pytest.fixture
    def fs(self, home: Home) -> IpfsFileSystem:
        return IpfsFileSystem(home.path)

    @pytest.fixture
    def fs_path(self) -> str:
        return ""

    @pytest.fixture
    def fs_join(self) -> Callable[..., str]:
        return lambda *parts: "/".join(str(part) for part in parts)

    @pytest.fixture
    def supports_empty_directories(self) -> bool:
        return True

    def _added(self, fs: IpfsFileSystem, folder: Path, make: Callable[..., Any]) -> str:
        make(LocalFileSystem(auto_mkdir=True), lambda *parts: "/".join(str(part) for part in parts), folder)
        return f"{fs.put(str(folder), recursive=True)}/source"

    @pytest.fixture
    def fs_bulk_operations_scenario_0(self, fs: IpfsFileSystem, tmp_path: Path) -> Iterator[str]:
        yield self._added(fs, tmp_path / "added", self._bulk_operations_scenario_0)

    @pytest.fixture
    def fs_glob_edge_cases_files(self, fs: IpfsFileSystem, tmp_path: Path) -> Iterator[str]:
        yield self._added(fs, tmp_path / "added", self._glob_edge_cases_files)

    @pytest.fixture
    def fs_dir_and_file_with_same_name_prefix(self, fs: IpfsFileSystem, tmp_path: Path) -> Iterator[str]:
        yield self._added(fs, tmp_path / "added", self._dir_and_file_with_same_name_prefix)

    @pytest.fixture
    def fs_10_files_with_hashed_names(self, fs: IpfsFileSystem, tmp_path: Path) -> Iterator[str]:
        yield self._added(fs, tmp_path / "added", self._10_files_with_hashed_names)


class TestGet(IpfsFixtures, AbstractGetTests):
    """All tests of ``get``; one makes its folder itself, and so is asked here in the same way."""

    def test_get_directory_recursive(  # type: ignore[override]
        self, fs: IpfsFileSystem, tmp_path: Path, local_fs: LocalFileSystem, local_target: str
    ) -> None:
        (tmp_path / "added" / "src").mkdir(parents=True)
        (tmp_path / "added" / "src" / "file").touch()
        src = f"{fs.put(str(tmp_path / 'added'), recursive=True)}/src"
        for source, slash in ((src, False), (f"{src}/", True)):
            for loop in range(2):
                fs.get(source, local_target, recursive=True)
                nested = f"{local_target}/src"
                assert local_fs.isfile(f"{local_target}/file")
                # Into a folder that is there goes the folder, unless it is named with a slash.
                assert local_fs.exists(nested) == (loop == 1 and not slash)
                if local_fs.exists(nested):
                    assert local_fs.find(nested) == [f"{nested}/file"]
            local_fs.rm(local_target, recursive=True)


def test_what_content_cannot_do(fs: IpfsFileSystem) -> None:
    cid = fs.pipe_file("data", b"data")
    for refused in (
        lambda: fs.pipe_file(f"{cid}/file", b""),
        lambda: fs.open(f"{cid}/file", "wb"),
        lambda: fs.open(cid, "ab"),
        lambda: fs.rm(cid),
        lambda: fs.rm_file(cid),
        lambda: fs.copy(cid, "other"),
        lambda: fs.mv(cid, "other"),
        lambda: fs.mkdir("folder"),
        lambda: fs.makedirs("folder"),
    ):
        with pytest.raises(PermissionError):
            refused()
    assert fs.cat_file(cid) == b"data"
