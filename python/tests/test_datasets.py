"""Datasets and SQL: results are mapped, types are kept; ``parquet-ipfs://``."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import ipfs_kit
from ipfs_kit import Home, IpfsKitError, ParquetIpfsFileSystem
from ipfs_kit.cids import is_cid

TABLE = pa.table(
    {
        "id": [1, 2, 3],
        "name": ["a", None, "ü"],
        "price": pa.array([Decimal("1.50"), None, Decimal("2.25")], pa.decimal128(9, 2)),
        "day": [dt.date(2024, 1, 1), None, dt.date(1960, 2, 3)],
        "at": pa.array([0, None, 5], pa.timestamp("us", "UTC")),
        "tags": pa.array([["x"], None, []], pa.list_(pa.string())),
        "who": pa.array([{"n": 1}, None, {"n": 3}], pa.struct([("n", pa.int64())])),
    }
)


@pytest.fixture(scope="module")
def sales(home: Home, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the name of a dataset of two versions."""
    file = tmp_path_factory.mktemp("sales") / "sales.parquet"
    pq.write_table(TABLE.slice(0, 1), file)
    home.run("dataset", "put", "sales", str(file), "--json")
    pq.write_table(TABLE, file)
    home.run("dataset", "put", "sales", str(file), "--json")
    return "sales"


def test_a_dataset_is_mapped_with_its_types(home: Home, sales: str) -> None:
    before = pa.total_allocated_bytes()
    table = ipfs_kit.dataset(sales)
    assert pa.total_allocated_bytes() == before
    assert table.to_pylist() == TABLE.to_pylist()
    # Parquet calls the values of a list its elements.
    types = [str(field.type).replace("element", "item") for field in table.schema]
    assert types == [str(field.type) for field in TABLE.schema]
    assert ipfs_kit.dataset("sales@v1").num_rows == 1
    some = ipfs_kit.dataset(sales, columns=["name", "id"], where="price > 2")
    assert some.to_pylist() == [{"name": "ü", "id": 3}]
    with pytest.raises(FileNotFoundError):
        ipfs_kit.dataset("none")
    with pytest.raises(IpfsKitError):
        ipfs_kit.dataset(sales, where="nonsense(")


def test_the_file_of_a_version_is_written_once(home: Home, sales: str) -> None:
    words = ("dataset", "get", sales, "--format=arrow", "--mmap", "--json")
    first = Path(home.run(*words)["output"])
    inode = first.stat().st_ino
    assert Path(home.run(*words)["output"]) == first and first.stat().st_ino == inode
    assert first.parent == home.path / "ipc" / "datasets"
    with pytest.raises(ValueError):
        home.run("dataset", "get", sales, "--mmap", "--limit=1", "--json")


def test_sql(home: Home, fs: ipfs_kit.IpfsFileSystem, sales: str, tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "t.parquet")
    cid = fs.put(str(tmp_path / "t.parquet"))
    before = pa.total_allocated_bytes()
    table = ipfs_kit.query(f"SELECT id, price FROM '/ipfs/{cid}' WHERE id >= $least ORDER BY id", {"least": 2})
    assert pa.total_allocated_bytes() == before
    assert table.to_pylist() == TABLE.select(["id", "price"]).slice(1).to_pylist()
    with pytest.raises(IpfsKitError):
        ipfs_kit.query("SELECT * FROM '/etc/passwd'")
    with pytest.raises(PermissionError):
        ipfs_kit.query("COPY (SELECT 1) TO '/tmp/x.csv'")
    assert ipfs_kit.query("-- a remark\nSELECT 1 AS one").to_pylist() == [{"one": 1}]
    with pytest.raises(ValueError):
        ipfs_kit.query("SELECT FROM WHERE")
    assert ipfs_kit.query("SELECT count(*) AS n FROM sales").to_pylist() == [{"n": 3}]
    assert ipfs_kit.query("SELECT $a AS a, $b AS b", {"a": True, "b": None}).to_pylist() == [{"a": True, "b": None}]


PARAMETERS: dict[str, Any] = {
    "text": "7",
    "big": 2**60,
    "none": None,
    "flag": True,
    "half": 0.5,
    "day": dt.date(2024, 1, 2),
    "at": dt.datetime(2024, 1, 2, 3, 4, 5, 678901),
    "zoned": dt.datetime(2024, 1, 2, 3, tzinfo=dt.timezone(dt.timedelta(hours=2))),
    "texts": ["a", 'ü "x"', None],
    "numbers": [1, 2.5],
    "days": (dt.date(2024, 1, 2),),
    "empty": [],
}


@pytest.mark.parametrize("engine", [True, False])
def test_parameters_keep_their_types(home: Home, bare_home: Home, engine: bool) -> None:
    place = home if engine else bare_home
    names = ", ".join(f"${name} AS {name}" for name in PARAMETERS if name != "none")
    values = {name: value for name, value in PARAMETERS.items() if name != "none"}
    (row,) = ipfs_kit.query(f"SELECT {names}", values, place).to_pylist()
    assert row == {**values, "days": [dt.date(2024, 1, 2)]}
    found = ipfs_kit.query("SELECT $none IS NULL AS n, 'a' IN (SELECT unnest($texts)) AS i, $at + INTERVAL 1 DAY AS t", {
        "none": None, "texts": PARAMETERS["texts"], "at": PARAMETERS["at"]
    }, place)
    assert found.to_pylist() == [{"n": True, "i": True, "t": dt.datetime(2024, 1, 3, 3, 4, 5, 678901)}]
    stamps = {"a": pd.Timestamp("2024-01-02"), "b": np.int64(7), "c": np.array([1.5, 2.5])}
    assert ipfs_kit.query("SELECT $a AS a, $b AS b, $c AS c", stamps, place).to_pylist() == [
        {"a": dt.datetime(2024, 1, 2), "b": 7, "c": [1.5, 2.5]}
    ]
    for wrong in (b"x", {"a": 1}, Decimal("1.5"), float("nan"), np.datetime64("2024-01-01"), [[1]], object()):
        with pytest.raises(TypeError, match=r"\$x is .*give a text"):
            ipfs_kit.query("SELECT $x", {"x": wrong}, place)
    with pytest.raises(ValueError, match=r"\$x is a list of values of several types"):
        ipfs_kit.query("SELECT $x", {"x": [1, "a"]}, place)


def test_a_time_that_is_none_is_null(home: Home) -> None:
    frame = pd.DataFrame({"at": [pd.Timestamp("2024-01-02"), None]})
    found = ipfs_kit.query("SELECT $a IS NULL AS a, list_count($b) AS b", {"a": frame["at"][1], "b": list(frame["at"])})
    assert found.to_pylist() == [{"a": True, "b": 1}]


def test_only_where_no_engine_listens_a_command_runs_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    (tmp_path / "run").mkdir()

    def no_command(*_: Any) -> Any:
        raise AssertionError("the statement runs a second time")

    monkeypatch.setattr(Home, "run", no_command)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(home.socket_path))
        listener.listen()

        def end_in_the_middle() -> None:
            connection, _ = listener.accept()
            connection.recv(1 << 16)
            connection.close()

        engine = threading.Thread(target=end_in_the_middle)
        engine.start()
        with pytest.raises(IpfsKitError) as raised:
            ipfs_kit.query("SELECT 1", home=home)
        engine.join()
    assert (raised.value.code, raised.value.recoverable) == ("CLOSED", True)
    # Nobody listens there any more.
    with pytest.raises(AssertionError):
        ipfs_kit.query("SELECT 1", home=home)


def test_without_an_engine(bare_home: Home, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,y\n1,a\n2,b\n")
    bare_home.run("dataset", "put", "small", str(tmp_path / "t.csv"), "--json")
    assert ipfs_kit.dataset("small", home=bare_home).to_pylist() == [{"x": 1, "y": "a"}, {"x": 2, "y": "b"}]
    assert ipfs_kit.dataset("small", columns=["y"], where="x = 2", home=bare_home).to_pylist() == [{"y": "b"}]
    found = ipfs_kit.query("SELECT sum(x) AS s FROM small WHERE y <> $not", {"not": "a"}, home=bare_home)
    assert found.to_pylist() == [{"s": 2}]


def test_the_files_of_datasets(home: Home, sales: str) -> None:
    fs = ParquetIpfsFileSystem(home.path)
    assert "sales" in fs.ls("", detail=False)
    files = fs.glob("sales/**/*.parquet")
    assert files and all(name.startswith("sales/") for name in files)
    assert ds.dataset(files, filesystem=fs).to_table().equals(TABLE)
    first = fs.glob("parquet-ipfs://sales@v1/**/*.parquet")
    assert pq.read_table(first[0], filesystem=fs).num_rows == 1
    frame = pd.read_parquet(f"parquet-ipfs://{files[0]}", columns=["id"])
    assert frame.id.tolist() == [1, 2, 3]
    with fsspec.open(f"parquet-ipfs://{files[0]}") as file:
        assert file.read(4) == b"PAR1"
    with pytest.raises(FileNotFoundError):
        fs.ls("none")
    with pytest.raises(PermissionError):
        fs.pipe_file("new", b"")


def test_no_command_is_run_among_coroutines(home: Home, sales: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_command(*_: Any) -> Any:
        raise AssertionError("a command blocks the loop")

    monkeypatch.setattr(Home, "run", no_command)

    async def read() -> tuple[Any, Any]:
        fs = ParquetIpfsFileSystem(home.path, asynchronous=True, skip_instance_cache=True)
        roots = [entry["name"] for entry in await fs._ls("")]
        found = [name for name in await fs._find(sales) if name.endswith(".parquet")]
        last = await fs._cat_file(found[0], -4)
        async with await fs.open_async(found[0]) as file:
            return roots, (last, await file.read(4), (await fs._cat_ranges(found, [0], [4]))[0])

    roots, pieces = asyncio.run(read())
    assert sales in roots and pieces == (b"PAR1",) * 3


def test_an_open_file_is_of_one_version(home: Home, tmp_path: Path) -> None:
    name = "a_dataset_whose_name_is_longer_than_any_usual_cid_of_version_0"
    file = tmp_path / "t.parquet"

    def put(start: int) -> None:
        pq.write_table(pa.table({"id": list(range(start, start + 50_000))}), file, row_group_size=10_000)
        home.run("dataset", "put", name, str(file), "--json")

    put(0)
    fs = ParquetIpfsFileSystem(home.path)
    (path,) = fs.glob(f"{name}/**/*.parquet")
    latest = fs.glob(f"{name}@latest/**/*.parquet")
    with fs.open(path, block_size=1000) as opened:
        parquet = pq.ParquetFile(opened)
        groups = [parquet.read_row_group(0)]
        put(1_000_000)
        groups += [parquet.read_row_group(i) for i in range(1, parquet.num_row_groups)]
    assert pa.concat_tables(groups)["id"].to_pylist() == list(range(50_000))
    again = fs.glob(f"{name}/**/*.parquet")
    assert pq.read_table(again[0], filesystem=fs)["id"][0].as_py() == 1_000_000
    assert fs.glob(f"{name}@latest/**/*.parquet")
    assert latest and pq.read_table(f"{latest[0].split('/')[0]}/{again[0].split('/', 1)[1]}", filesystem=fs)["id"][0].as_py() == 1_000_000


def test_cids_are_told_from_names() -> None:
    for cid in (
        "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n",
        "bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        "BAFYBEIHDWDCEFGH4DQKJV67UZCMW7OJEE6XEDZDETOJUZJEVTENXQUVYKU",
        "bafkqaaa",
        "zdj7WhuEjrB52m1BisYCtmjH1hSKa7yZ3jEZ9JcXaFRD51wVz",
        "k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r",
        "f01551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ):
        assert is_cid(cid), cid
    for name in ("", "sales", "sales@v1", "b", "x" * 60, "Qm" + "0" * 44, "fade", "bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykv0", "künste"):
        assert not is_cid(name), name
