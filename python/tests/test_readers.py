"""pandas, pyarrow, polars, dask and DuckDB read tables over ``ipfs://``, with their types."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from pathlib import Path

from ipfs_kit import Home, IpfsFileSystem

ROWS = 20_000


def _table() -> pa.Table:
    return pa.table(
        {
            "id": pa.array(range(ROWS)),
            "name": [f"rów {i}" if i % 7 else None for i in range(ROWS)],
            "day": pa.array([dt.date(2020, 1, 1) + dt.timedelta(days=i % 900) for i in range(ROWS)]),
            "at": pa.array([i * 1_000_000 for i in range(ROWS)], pa.timestamp("us", "UTC")),
            "price": pa.array([Decimal(i) / 100 for i in range(ROWS)], pa.decimal128(12, 2)),
            "tags": pa.array([["a", None][: i % 3] for i in range(ROWS)], pa.list_(pa.string())),
            "who": pa.array([{"x": i, "y": str(i)} for i in range(ROWS)]),
        }
    )


@pytest.fixture(scope="module")
def tree(home: Home, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the CID of a folder of Parquet files and a CSV."""
    folder = tmp_path_factory.mktemp("tables")
    table = _table()
    for part in range(4):
        pq.write_table(table.slice(part * ROWS // 4, ROWS // 4), folder / f"part-{part}.parquet", row_group_size=1000)
    table.select(["id", "name"]).to_pandas().to_csv(folder / "rows.csv", index=False)
    cid = IpfsFileSystem(home.path).put(str(folder), recursive=True)
    assert isinstance(cid, str)
    return cid


def test_pandas(tree: str) -> None:
    frame = pd.read_parquet(f"ipfs://{tree}/part-1.parquet")
    assert (len(frame), frame.id.iloc[0]) == (ROWS // 4, ROWS // 4)
    assert str(frame["at"].dt.tz) == "UTC" and frame.price.iloc[1] == Decimal("50.01")
    assert len(pd.read_csv(f"ipfs://{tree}/rows.csv")) == ROWS


def test_pandas_writes(fs: IpfsFileSystem, home: Home) -> None:
    with fs.open("frame.parquet", "wb") as file:
        pd.DataFrame({"x": [1, 2]}).to_parquet(file)
    assert pd.read_parquet(f"ipfs://{file.cid}").x.tolist() == [1, 2]


def test_pyarrow_dataset(fs: IpfsFileSystem, tree: str) -> None:
    files = ds.dataset(fs.glob(f"{tree}/*.parquet"), filesystem=fs)
    assert files.to_table().equals(_table())
    some = files.to_table(columns=["id"], filter=pc.field("id") >= ROWS - 5)
    assert some["id"].to_pylist() == list(range(ROWS - 5, ROWS))


def test_polars(fs: IpfsFileSystem, tree: str) -> None:
    with fs.open(f"{tree}/part-0.parquet") as file:
        frame = pl.read_parquet(file)
    assert frame.schema["price"] == pl.Decimal(12, 2) and frame.height == ROWS // 4
    lazy = pl.scan_pyarrow_dataset(ds.dataset(fs.glob(f"{tree}/*.parquet"), filesystem=fs))
    assert lazy.filter(pl.col("id") < 9).select(pl.col("id").sum()).collect().item() == 36


def test_dask(home: Home, tree: str) -> None:
    dataframe = pytest.importorskip("dask.dataframe")
    frame = dataframe.read_parquet(f"ipfs://{tree}/*.parquet", columns=["id"])
    assert frame.npartitions >= 4
    assert frame.id.sum().compute(scheduler="threads") == ROWS * (ROWS - 1) // 2


def test_duckdb(fs: IpfsFileSystem, tree: str) -> None:
    connection = duckdb.connect()
    connection.register_filesystem(fs)
    count, total = connection.sql(f"select count(*), sum(price) from 'ipfs://{tree}/*.parquet'").fetchall()[0]
    assert (count, total) == (ROWS, Decimal(ROWS * (ROWS - 1) // 2) / 100)
    assert connection.sql(f"select max(id) from read_csv('ipfs://{tree}/rows.csv')").fetchall() == [(ROWS - 1,)]


def test_a_column_costs_its_own_bytes(fs: IpfsFileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = pa.table({f"c{i}": [float(i * j % 9973) / 7 for j in range(20_000)] for i in range(60)})
    pq.write_table(wide, tmp_path / "wide.parquet", compression="none", use_dictionary=False)
    cid = fs.put(str(tmp_path / "wide.parquet"))
    size = fs.info(cid)["size"]
    asked: list[int] = []
    cat = IpfsFileSystem._cat_file

    async def counted(self: IpfsFileSystem, *args: object, **options: object) -> bytes:
        found: bytes = await cat(self, *args, **options)  # type: ignore[arg-type]
        asked.append(len(found))
        return found

    monkeypatch.setattr(IpfsFileSystem, "_cat_file", counted)
    assert pd.read_parquet(f"ipfs://{cid}", columns=["c7"]).c7.tolist() == wide["c7"].to_pylist()
    assert sum(asked) < size / 10, (sum(asked), size)


def test_odd_tables(fs: IpfsFileSystem, tmp_path: Path) -> None:
    """Empty tables, no columns, many columns, odd names."""
    for table in (
        _table().slice(0, 0),
        pa.table({f"c{i}": [i] for i in range(5000)}),
        pa.table({"ü 🦆": [1], "": [2], "a.b": [3]}),
    ):
        file = tmp_path / "odd.parquet"
        pq.write_table(table, file)
        cid = fs.put(str(file))
        assert pq.read_table(cid, filesystem=fs).equals(table)
