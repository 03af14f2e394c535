"""Data loaders: map and iterable style, workers, shuffling by shard."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: .ci/torch says why")
from torch.utils.data import DataLoader  # noqa: E402

from ipfs_kit import Home, IpfsFileSystem  # noqa: E402
from ipfs_kit.torch import FolderDataset, ShardedRows, TableDataset  # noqa: E402

ROWS = 1200


@pytest.fixture(scope="module")
def tables(home: Home, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the CID of a folder of three Parquet files with four row groups each."""
    folder = tmp_path_factory.mktemp("tables")
    for part in range(3):
        rows = range(part * 400, part * 400 + 400)
        table = pa.table({"id": list(rows), "x": [i / 2 for i in rows], "name": [str(i) for i in rows]})
        pq.write_table(table, folder / f"{part}.parquet", row_group_size=100)
    return str(IpfsFileSystem(home.path).put(str(folder), recursive=True))


@pytest.fixture(scope="module")
def folder(home: Home, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the CID of a folder of files."""
    path = tmp_path_factory.mktemp("folder")
    for i in range(40):
        (path / str(i % 4)).mkdir(exist_ok=True)
        (path / str(i % 4) / f"{i}.bin").write_bytes(bytes([i]) * i)
    return str(IpfsFileSystem(home.path).put(str(path), recursive=True))


def _label(name: str, data: bytes) -> tuple[int, int]:
    return int(name.split("/")[0]), len(data)


@pytest.mark.parametrize("workers", [0, 2])
def test_folders(folder: str, workers: int) -> None:
    data = FolderDataset(folder, "**/*.bin", _label)
    assert len(data) == 40
    loader = DataLoader(data, batch_size=8, shuffle=True, num_workers=workers)
    seen = [(int(label), int(size)) for labels, sizes in loader for label, size in zip(labels, sizes)]
    assert sorted(seen) == sorted((i % 4, i) for i in range(40))
    assert FolderDataset(f"ipfs://{folder}/1", "*.bin")[0] == ("1.bin", b"\1")


@pytest.mark.parametrize("workers", [0, 2])
def test_rows_of_a_table(workers: int) -> None:
    data = TableDataset(pa.table({"x": range(100), "y": range(100)}), columns=["x"])
    loader = DataLoader(data, batch_size=7, shuffle=True, num_workers=workers)
    assert sorted(x for batch in loader for x in batch["x"].tolist()) == list(range(100))
    with pytest.raises(IndexError):
        data[100]


@pytest.mark.parametrize("workers", [0, 1, 2, 5])
def test_shards_are_shared_out(tables: str, workers: int) -> None:
    data = ShardedRows(tables, columns=["id"], shuffle=True, seed=7)
    assert (data.num_rows, len(data.shards)) == (ROWS, 12)
    seen = [i for batch in DataLoader(data, batch_size=50, num_workers=workers) for i in batch["id"].tolist()]
    assert seen != list(range(ROWS)) and sorted(seen) == list(range(ROWS))


def test_processes_of_a_run_share_them_too(tables: str) -> None:
    seen = [
        row["id"]
        for rank in range(3)
        for row in ShardedRows(tables, shuffle=True, rank=rank, world_size=3)
    ]
    assert sorted(seen) == list(range(ROWS))
    with pytest.raises(ValueError):
        ShardedRows(tables, rank=3, world_size=3)


def test_orders(tables: str) -> None:
    def order(data: ShardedRows, epoch: int) -> list[int]:
        data.set_epoch(epoch)
        return [row["id"] for row in data]

    data = ShardedRows(tables, shuffle=True, seed=1)
    first = order(data, 0)
    assert first == order(ShardedRows(tables, shuffle=True, seed=1), 0) != order(data, 1)
    assert first != order(ShardedRows(tables, shuffle=True, seed=2), 0)
    assert order(ShardedRows(tables), 0) == list(range(ROWS))
    # Rows of one shard stay together.
    assert {i // 100 for i in first[:100]} == {first[0] // 100}


def test_batches_of_tensors(tables: str) -> None:
    loader = DataLoader(ShardedRows(f"{tables}/1.parquet", batch_size=32), batch_size=None)
    batches = list(loader)
    assert [len(batch["name"]) for batch in batches] == [32, 32, 32, 4] * 4
    assert batches[0]["id"].dtype == torch.int64 and batches[0]["x"].dtype == torch.float64
    assert torch.cat([batch["id"] for batch in batches]).tolist() == list(range(400, 800))


def test_tensors_have_the_types_of_their_columns(fs: IpfsFileSystem, tmp_path: Path) -> None:
    kinds = {"float64": [0.1, 16777217.0], "float32": [0.5, 2.0], "int8": [-1, 127], "bool": [True, False], "int64": [2**53 + 1, -(2**63)], "uint8": [0, 255]}
    unsigned = {"uint16": [0, 2**16 - 1], "uint32": [1, 2**32 - 1], "uint64": [1, 2**63 - 1]}
    big = [1, 2**64 - 1]
    columns = {name: pa.array(values, name) for name, values in {**kinds, **unsigned}.items()}
    pq.write_table(pa.table({**columns, "big": pa.array(big, pa.uint64())}), tmp_path / "t.parquet")
    (batch,) = ShardedRows(str(fs.put(str(tmp_path / "t.parquet"))), batch_size=2)
    for name, values in kinds.items():
        assert batch[name].dtype == getattr(torch, name) and batch[name].tolist() == values
    for name, values in unsigned.items():
        assert batch[name].tolist() == values
    assert list(batch["big"]) == big


def test_nothing_to_read(folder: str) -> None:
    with pytest.raises(FileNotFoundError):
        ShardedRows(folder)


def test_shards_are_of_the_version_that_was_the_newest(home: Home, tmp_path: Path) -> None:
    def put(start: int) -> None:
        pq.write_table(pa.table({"id": [start, start + 1]}), tmp_path / "t.parquet")
        home.run("dataset", "put", "shards", str(tmp_path / "t.parquet"), "--json")

    put(0)
    data = ShardedRows("shards")
    put(10)
    assert [row["id"] for row in data] == [0, 1]
    assert [row["id"] for row in ShardedRows("parquet-ipfs://shards")] == [10, 11]
