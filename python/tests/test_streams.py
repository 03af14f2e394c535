"""Arrow tables of a home: each way to have them, and which one is taken."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

import ipfs_kit
from ipfs_kit import Home, IpfsFileSystem, IpfsKitError, streams
from ipfs_kit.direct import read_pins


def _way(table: pa.Table) -> tuple[str, str]:
    return tuple(table.schema.metadata[key].decode() for key in (b"method", b"source"))  # type: ignore[return-value]


def _settle(home: Home) -> None:
    """Have the engine bring the index up to date."""
    assert streams.from_stream(home, "pin_index") is not None


def test_the_mapped_file_comes_first(home: Home, fs: IpfsFileSystem) -> None:
    fs.pipe_file("a", b"a")
    _settle(home)
    before = pa.total_allocated_bytes()
    table = ipfs_kit.pins()
    assert _way(table) == ("zero_copy", "arrow_ipc_daemon")
    assert pa.total_allocated_bytes() == before
    assert table.schema.equals(streams.SCHEMAS["pin_index"])


def test_other_libraries_read_the_files(home: Home, fs: IpfsFileSystem) -> None:
    import duckdb
    import pandas as pd
    import polars as pl

    fs.pipe_file("c", b"c")
    _settle(home)
    table = ipfs_kit.pins()
    path = home.path / "ipc" / "pin_index.arrow"
    frame = pl.read_ipc(path)
    assert frame.schema["size_bytes"] == pl.Int64 and frame["cid"].to_list() == table["cid"].to_pylist()
    assert pd.read_feather(path).cid.tolist() == table["cid"].to_pylist()
    found = duckdb.from_arrow(table).aggregate("count(*), max(replication_factor)").fetchall()
    assert found == [(table.num_rows, 1)]


def test_what_is_stale_is_not_taken(home: Home, fs: IpfsFileSystem) -> None:
    _settle(home)
    for number in range(20):
        cid = fs.pipe_file("new", b"%d" % number)
        # At once, while the file may be of before.
        assert cid in ipfs_kit.pins()["cid"].to_pylist()
        fs.unpin(cid)
        assert cid not in ipfs_kit.pins()["cid"].to_pylist()


def test_all_ways_tell_the_same(home: Home, fs: IpfsFileSystem) -> None:
    fs.pipe_file("ünï\tname", b"same")
    _settle(home)
    mapped = streams.from_file(home, "pin_index")
    assert mapped is not None
    rows = mapped.to_pylist()
    for read in (streams.from_stream, streams.from_json):
        assert read(home, "pin_index").to_pylist() == rows  # type: ignore[union-attr]
    direct = read_pins(home, streams.SCHEMAS["pin_index"]).to_pylist()
    names = ("cid", "name", "pin_type", "timestamp", "backend", "replication_factor")
    assert [[row[name] for name in names] for row in direct] == [[row[name] for name in names] for row in rows]


def test_each_way_takes_over_from_the_one_before(
    home: Home, fs: IpfsFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    cid = fs.pipe_file("b", b"b")
    monkeypatch.setattr(streams, "is_current", lambda *_: False)
    assert _way(ipfs_kit.pins()) == ("traditional", "arrow_ipc_daemon")
    get = streams._get
    monkeypatch.setattr(streams, "_get", lambda home, path: get(home, path) if path.endswith(".json") else None)
    assert _way(ipfs_kit.pins()) == ("traditional", "traditional_json_fallback")
    monkeypatch.setattr(streams, "_get", lambda *_: None)
    table = ipfs_kit.pins()
    assert _way(table) == ("traditional", "direct_pin_index")
    assert cid in table["cid"].to_pylist()


def test_a_torn_file_is_not_taken(home: Home, fs: IpfsFileSystem, tmp_path: Path) -> None:
    _settle(home)
    path = home.path / "ipc" / "pin_index.arrow"
    whole = path.read_bytes()
    for length in [0, 5, 100, len(whole) // 2, len(whole) - 1]:
        torn = tmp_path / "torn"
        torn.write_bytes(whole[:length])
        os.replace(torn, path)
        assert streams.from_file(home, "pin_index") is None
        assert ipfs_kit.pins().num_rows > 0
    # The engine writes it anew when it is asked.
    _settle(home)
    assert streams.from_file(home, "pin_index") is not None


def test_without_an_engine(home: Home, tmp_path: Path) -> None:
    _settle(home)
    copy = Home(tmp_path / "copy")
    shutil.copytree(home.path, copy.path, ignore=shutil.ignore_patterns("run", "metrics.arrow"))
    table = ipfs_kit.pins(copy)
    assert _way(table) == ("traditional", "direct_pin_index")
    assert table["cid"].to_pylist() == ipfs_kit.pins()["cid"].to_pylist()
    for ask in (ipfs_kit.pins, IpfsFileSystem, lambda home: ipfs_kit.query("SELECT 1", home=home)):
        with pytest.raises(FileNotFoundError, match="no home of ipfs-kit at .*mistyped"):
            ask(tmp_path / "mistyped")  # type: ignore[operator]
    assert not (tmp_path / "mistyped").exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").touch()
    with pytest.raises(FileNotFoundError, match="other, which is a folder of something else: check the path"):
        ipfs_kit.pins(tmp_path / "other")
    with pytest.raises(IpfsKitError, match="daemon start"):
        ipfs_kit.metrics(copy)


def test_copies_on_backends(bare_home: Home, tmp_path: Path) -> None:
    bare_home.start_engine()
    try:
        fs = IpfsFileSystem(bare_home.path)
        (tmp_path / "nas").mkdir()
        bare_home.run("backend", "add", "nas", "--type=filesystem", f"--path={tmp_path / 'nas'}", "--json")
        for number in range(3):
            cid = fs.pipe_file(f"n{number}", b"%d" % number)
            bare_home.run("pin", "add", cid, "--backend=nas", "--json")
            # At once, and once more when the engine has written the file.
            for _ in range(2):
                rows = ipfs_kit.pins(bare_home).to_pylist()
                places = sorted(row["backend"] for row in rows if row["cid"] == cid)
                assert places == ["local", "nas"]
                assert all(row["replication_factor"] == 2 for row in rows)
                _settle(bare_home)
            assert _way(ipfs_kit.pins(bare_home)) == ("zero_copy", "arrow_ipc_daemon")
        direct = read_pins(bare_home, streams.SCHEMAS["pin_index"]).to_pylist()
        names = ("cid", "name", "timestamp", "backend", "replication_factor", "verified")
        mapped = ipfs_kit.pins(bare_home).to_pylist()
        here = len(mapped) // 2
        assert [[row[name] for name in names] for row in direct] == [[row[name] for name in names] for row in mapped]
        assert [row["metadata"] for row in direct[here:]] == [row["metadata"] for row in mapped[here:]]
        bare_home.run("pin", "rm", cid, "--backend=nas", "--json")
        rows = ipfs_kit.pins(bare_home).to_pylist()
        assert [row["replication_factor"] for row in rows if row["cid"] == cid] == [1]
    finally:
        bare_home.run("daemon", "stop", "--json")


def test_moments(home: Home) -> None:
    rows = {row["metric_name"]: row["metric_value"] for row in ipfs_kit.metrics().to_pylist()}
    assert rows["ipfs_kit_up"] == 1
    assert ipfs_kit.vfs_stats().schema.equals(streams.SCHEMAS["vfs_stats"])
    assert ipfs_kit.backend_health().num_rows == 0
    with pytest.raises(ValueError):
        streams.table("none")
