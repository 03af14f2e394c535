"""Data loaders for PyTorch over folders and tables: give them to ``torch.utils.data.DataLoader``.

Everything works with any number of workers; each opens its own connections. What is read is named by CIDs, so that a run
sees the same bytes as the one before.
"""

from __future__ import annotations

import random
from typing import Any, Callable, Iterator, Optional, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch.utils.data import Dataset, IterableDataset, get_worker_info

from .datasets import ParquetIpfsFileSystem
from .datasets import dataset as dataset_of
from .errors import error_of
from .filesystem import IpfsFileSystem
from .home import Home, HomeLike

Row = dict[str, Any]


class FolderDataset(Dataset):  # type: ignore[misc]
    """The files below a folder, map style: item ``i`` is ``(path, bytes)``, or what ``transform`` makes of these.

    Parameters
    ----------
    path:
        CID, or CID and path, of a folder.
    pattern:
        Which files count, as a glob below the folder.
    transform:
        Called with the path below the folder and the bytes.
    """

    def __init__(
        self,
        path: str,
        pattern: str = "**",
        transform: Optional[Callable[[str, bytes], Any]] = None,
        home: HomeLike = None,
    ) -> None:
        self.root = str(IpfsFileSystem._strip_protocol(path))
        self._home = Home.existing(home).path
        self._transform = transform
        fs = self._fs()
        found: dict[str, Any] = fs.glob(f"{self.root}/{pattern}", detail=True)
        self.files = sorted(name for name, info in found.items() if info["type"] == "file")

    def _fs(self) -> IpfsFileSystem:
        # fsspec keeps one for each process.
        return IpfsFileSystem(self._home)

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> Any:
        path = self.files[index]
        data: bytes = self._fs().cat_file(path)
        name = path[len(self.root) + 1 :]
        return (name, data) if self._transform is None else self._transform(name, data)


class TableDataset(Dataset):  # type: ignore[misc]
    """The rows of a dataset or of an Arrow table, map style: item ``i`` is a dict of its columns.

    The rows of a dataset are mapped, so that workers share them.
    """

    def __init__(
        self,
        source: Any,
        columns: Optional[Sequence[str]] = None,
        transform: Optional[Callable[[Row], Any]] = None,
        home: HomeLike = None,
    ) -> None:
        if isinstance(source, str):
            self.table = dataset_of(source, columns, home=home)
        else:
            self.table = source if columns is None else source.select(list(columns))
        self._transform = transform

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(index)
        row: Row = self.table.slice(index, 1).to_pylist()[0]
        return row if self._transform is None else self._transform(row)


class ShardedRows(IterableDataset):  # type: ignore[misc]
    """The rows of Parquet files, iterable style, shard by shard: a shard is a row group.

    Workers, and processes of a distributed run, share the shards out among them. With ``shuffle`` the shards come in another order in each
    epoch (``set_epoch``), and the rows of a shard too; the same seed gives the same order. Rows are dicts, or with
    ``batch_size`` dicts of columns of so many rows, numbers as tensors of their types; then give ``batch_size=None`` to the DataLoader.

    Parameters
    ----------
    path:
        ``CID``, ``NAME`` or ``NAME@VERSION`` of a dataset, with a path if need be: a file, or a folder whose ``*.parquet`` count.
    rank, world_size:
        Which of how many processes this is.
    """

    def __init__(
        self,
        path: str,
        columns: Optional[Sequence[str]] = None,
        batch_size: Optional[int] = None,
        shuffle: bool = False,
        seed: int = 0,
        transform: Optional[Callable[[Row], Any]] = None,
        rank: int = 0,
        world_size: int = 1,
        home: HomeLike = None,
    ) -> None:
        if not 0 <= rank < world_size:
            raise error_of("INVALID_ARGUMENT", f"rank {rank} must be below world_size {world_size}")
        self._home = Home.existing(home).path
        self._columns = None if columns is None else list(columns)
        self._batch_size = batch_size
        self._shuffle = shuffle
        self._seed = seed
        self._epoch = 0
        self._transform = transform
        self._place = (rank, world_size)
        fs = self._fs()
        # All shards, in every worker and epoch, are those of the version that the name means now.
        root = fs.fixed(path)
        files = sorted(fs.glob(f"{root}/**/*.parquet")) if fs.isdir(root) else [root]
        if not files:
            raise error_of("PATH_NOT_FOUND", f"there is no Parquet file below {path}")
        self.shards: list[tuple[str, int]] = []
        self._rows = 0
        for file in files:
            with fs.open(file) as opened:
                metadata = pq.ParquetFile(opened).metadata
            self.shards += [(file, group) for group in range(metadata.num_row_groups)]
            self._rows += metadata.num_rows

    def _fs(self) -> ParquetIpfsFileSystem:
        return ParquetIpfsFileSystem(self._home)

    @property
    def num_rows(self) -> int:
        """Rows of all shards, whoever reads them."""
        return self._rows

    def set_epoch(self, epoch: int) -> None:
        """Choose another order. Call it before each epoch."""
        self._epoch = epoch

    def __iter__(self) -> Iterator[Any]:
        order = list(range(len(self.shards)))
        if self._shuffle:
            random.Random(f"{self._seed}/{self._epoch}").shuffle(order)
        worker = get_worker_info()
        rank, world_size = self._place
        workers = 1 if worker is None else worker.num_workers
        own = rank * workers + (0 if worker is None else worker.id)
        fs = self._fs()
        for shard in order[own :: world_size * workers]:
            yield from self._items(self._read(fs, shard))

    def _read(self, fs: ParquetIpfsFileSystem, shard: int) -> pa.Table:
        path, group = self.shards[shard]
        with fs.open(path) as opened:
            table = pq.ParquetFile(opened).read_row_group(group, columns=self._columns, use_threads=False)
        if not self._shuffle:
            return table
        rows = list(range(table.num_rows))
        random.Random(f"{self._seed}/{self._epoch}/{shard}").shuffle(rows)
        return table.take(pa.array(rows, pa.int64()))

    def _items(self, table: pa.Table) -> Iterator[Any]:
        if self._batch_size is None:
            for row in table.to_pylist():
                yield row if self._transform is None else self._transform(row)
            return
        for start in range(0, table.num_rows, self._batch_size):
            batch = _tensors(table.slice(start, self._batch_size))
            yield batch if self._transform is None else self._transform(batch)


def _tensors(table: pa.Table) -> Row:
    """Return the columns, those of numbers without nulls as tensors."""
    return {name: _tensor(column) for name, column in zip(table.column_names, table.columns)}


# Types that some versions of torch lack, and wider ones.
_WIDER = {"uint16": "int32", "uint32": "int64", "uint64": "int64"}


def _tensor(column: pa.ChunkedArray) -> Any:
    """Return a tensor of the type of a column, or of the next wider one that torch has; else a list of its values."""
    if not _is_numeric(column):
        return column.to_pylist()
    values = np.array(column.to_numpy())
    wider = _WIDER.get(values.dtype.name)
    if wider is not None and not hasattr(torch, values.dtype.name):
        if values.size > 0 and values.max() > np.iinfo(wider).max:
            return column.to_pylist()
        values = values.astype(wider)
    return torch.from_numpy(values)


def _is_numeric(column: pa.ChunkedArray) -> bool:
    kind = column.type
    return bool(column.null_count == 0 and (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)))
