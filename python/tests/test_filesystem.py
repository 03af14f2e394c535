"""``ipfs://``: reading, listing, adding, pins, and in coroutines."""

from __future__ import annotations

import asyncio
import pickle
import random
from pathlib import Path

import fsspec
import pytest

from ipfs_kit import Home, IpfsFileSystem, IpfsKitError

BYTES = random.Random(1).randbytes(5_000_000)


@pytest.fixture(scope="module")
def tree(home: Home, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the CID of a folder."""
    folder = tmp_path_factory.mktemp("tree")
    (folder / "sub dir" / "deep").mkdir(parents=True)
    (folder / "big.bin").write_bytes(BYTES)
    (folder / "empty").write_bytes(b"")
    (folder / "sub dir" / "ü%20#?.txt").write_text("odd")
    (folder / "sub dir" / "deep" / "a.csv").write_text("x,y\n1,2\n")
    cid = IpfsFileSystem(home.path).put(str(folder), recursive=True)
    assert isinstance(cid, str)
    return cid


def test_the_scheme_is_known_to_fsspec(home: Home, tree: str) -> None:
    with fsspec.open(f"ipfs://{tree}/sub dir/deep/a.csv", "rt") as file:
        assert file.read() == "x,y\n1,2\n"
    fs, path = fsspec.core.url_to_fs(f"ipfs://{tree}/empty")
    assert (type(fs), path) == (IpfsFileSystem, f"{tree}/empty")


def test_info_and_listing(fs: IpfsFileSystem, tree: str) -> None:
    info = fs.info(f"ipfs://{tree}/big.bin")
    assert (info["size"], info["type"], info["name"]) == (len(BYTES), "file", f"{tree}/big.bin")
    assert fs.info(tree)["type"] == "directory"
    assert fs.ls(tree, detail=False) == [f"{tree}/big.bin", f"{tree}/empty", f"{tree}/sub dir"]
    assert {entry["name"]: entry["type"] for entry in fs.ls(f"{tree}/sub dir")} == {
        f"{tree}/sub dir/ü%20#?.txt": "file",
        f"{tree}/sub dir/deep": "directory",
    }
    assert fs.ls(f"{tree}/empty", detail=False) == [f"{tree}/empty"]
    assert fs.find(tree) == [
        f"{tree}/{name}" for name in ("big.bin", "empty", "sub dir/deep/a.csv", "sub dir/ü%20#?.txt")
    ]
    assert fs.glob(f"{tree}/**/*.csv") == [f"{tree}/sub dir/deep/a.csv"]
    assert fs.du(tree) == len(BYTES) + 3 + 8
    assert fs.isdir(tree) and fs.isfile(f"{tree}/empty") and not fs.exists(f"{tree}/none")
    assert fs.cat(f"{tree}/sub dir/*.txt") == {f"{tree}/sub dir/ü%20#?.txt": b"odd"}
    assert fs.ukey(tree) == tree
    assert tree in fs.ls("", detail=False)


def test_ranges(fs: IpfsFileSystem, tree: str) -> None:
    path = f"{tree}/big.bin"
    assert fs.cat_file(path) == BYTES
    for start, end in [(0, 10), (None, 5), (-7, None), (4_999_990, None), (3, 3), (1_048_570, 1_048_590), (9, 5_000_009), (5_000_000, None), (-9, -3)]:
        assert fs.cat_file(path, start, end) == BYTES[start:end], (start, end)
    assert fs.cat_ranges([path] * 3, [0, 5, 100], [3, 9, 101]) == [BYTES[:3], BYTES[5:9], BYTES[100:101]]
    assert fs.head(path, 9) == BYTES[:9] and fs.tail(path, 9) == BYTES[-9:]
    with fs.open(path, block_size=100_000) as file:
        for place in (0, 4_000_000, 17, 4_999_999):
            file.seek(place)
            assert file.read(123) == BYTES[place : place + 123]
        file.seek(0)
        assert file.read() == BYTES
    with fs.open(f"{tree}/empty") as file:
        assert file.read() == b""


def test_only_the_answer_says_that_a_range_is_behind_the_end(fs: IpfsFileSystem, tree: str) -> None:
    assert fs.cat_file(f"{tree}/big.bin", len(BYTES) + 9, len(BYTES) + 20) == b""
    with pytest.raises(FileNotFoundError) as raised:
        fs.cat_file(f"{tree}/IMG_0416.jpg", 0, 10)
    assert raised.value.status == 404


def test_get(fs: IpfsFileSystem, tree: str, tmp_path: Path) -> None:
    fs.get(tree, str(tmp_path / "copy"), recursive=True)
    assert (tmp_path / "copy" / "big.bin").read_bytes() == BYTES
    assert (tmp_path / "copy" / "sub dir" / "ü%20#?.txt").read_text() == "odd"


def test_adding(fs: IpfsFileSystem, tmp_path: Path) -> None:
    cid = fs.pipe_file("name", BYTES)
    assert fs.cat_file(cid) == BYTES and fs.added["name"] == cid
    with fs.open("ipfs://written.bin", "wb") as file:
        file.write(BYTES[:1000])
        file.write(BYTES[1000:])
    assert file.cid == cid == fs.added["written.bin"]
    (tmp_path / "one").write_bytes(BYTES)
    assert fs.put(str(tmp_path / "one"), "") == cid
    assert fs.put([str(tmp_path / "one")], "") == [cid]
    with pytest.raises(FileNotFoundError):
        fs.put(str(tmp_path / "none"), "")
    with pytest.raises(IsADirectoryError):
        fs.put(str(tmp_path), "")
    with pytest.raises(ZeroDivisionError), fs.open("broken", "wb") as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert file.cid is None and "broken" not in fs.added


def test_pins(fs: IpfsFileSystem) -> None:
    cid = fs.pipe_file("pinned", b"pinned")
    assert cid in fs.pins()["cid"].to_pylist()
    fs.unpin(cid)
    assert cid not in fs.pins()["cid"].to_pylist()
    fs.pin(cid, "again")
    rows = {row["cid"]: row["name"] for row in fs.pins().to_pylist()}
    assert rows[cid] == "again"
    with pytest.raises(FileNotFoundError):
        fs.unpin("bafkreiaphh3yk6ud6hlb6elh4eumdonvzd6pcjelfolfogv2ukihak4ffq")


def test_errors(fs: IpfsFileSystem, tree: str) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        fs.cat_file(f"{tree}/none")
    assert isinstance(missing.value, IpfsKitError) and missing.value.code == "PATH_NOT_FOUND"
    with pytest.raises(FileNotFoundError):
        fs.info("bafkreiaphh3yk6ud6hlb6elh4eumdonvzd6pcjelfolfogv2ukihak4ffa")
    with pytest.raises(ValueError):
        fs.info("nonsense")
    with pytest.raises(IsADirectoryError):
        fs.open(tree)
    with pytest.raises(IsADirectoryError):
        fs.cat_file(tree)


def test_in_coroutines(home: Home, tree: str) -> None:
    async def work() -> None:
        fs = IpfsFileSystem(home.path, asynchronous=True, skip_instance_cache=True)
        parts = await asyncio.gather(*(fs._cat_file(f"{tree}/big.bin", at, at + 9) for at in range(0, 4000, 100)))
        assert parts == [BYTES[at : at + 9] for at in range(0, 4000, 100)]
        file = await fs.open_async(f"{tree}/big.bin")
        async with file:
            assert await file.read(1000) == BYTES[:1000]
            assert await file.read() == BYTES[1000:]
        assert len(await fs._find(tree)) == 4

    asyncio.run(work())


def test_it_goes_to_other_processes(fs: IpfsFileSystem, tree: str) -> None:
    again = pickle.loads(pickle.dumps(fs))
    assert again.cat_file(f"{tree}/empty") == b""


def test_an_engine_is_started_where_none_runs(bare_home: Home, tmp_path: Path) -> None:
    with pytest.raises(IpfsKitError, match="daemon start"):
        IpfsFileSystem(bare_home.path, start=False).ls("")
    fs = IpfsFileSystem(bare_home.path)
    try:
        cid = fs.pipe_file("x", b"x")
        # One that ended meanwhile is started again.
        bare_home.run("daemon", "stop", "--json")
        assert fs.cat_file(cid) == b"x"
    finally:
        bare_home.run("daemon", "stop", "--json")


def test_no_command_to_start_one(bare_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IPFS_KIT_COMMAND", raising=False)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(IpfsKitError, match="IPFS_KIT_COMMAND"):
        IpfsFileSystem(bare_home.path, skip_instance_cache=True).ls("")
