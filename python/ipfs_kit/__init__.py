"""Content-addressed storage of ipfs-kit: Arrow tables, fsspec file systems and data loaders."""

from .datasets import ParquetIpfsFileSystem, dataset, query
from .errors import IpfsKitError
from .filesystem import IpfsFileSystem
from .home import Home
from .streams import backend_health, metrics, pins, vfs_stats

__all__ = [
    "Home",
    "IpfsFileSystem",
    "IpfsKitError",
    "ParquetIpfsFileSystem",
    "backend_health",
    "dataset",
    "metrics",
    "pins",
    "query",
    "vfs_stats",
]
__version__ = "0.1.0"
