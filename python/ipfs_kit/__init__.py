"""Content-addressed storage of ipfs-kit: Arrow tables, fsspec file systems and data loaders."""

from fsspec import register_implementation

from .client import Client
from .datasets import ParquetIpfsFileSystem, dataset, query
from .errors import IpfsKitError
from .filesystem import IpfsFileSystem
from .home import Home
from .streams import backend_health, metrics, pins, vfs_stats
from .transport import Job

# What pip installed says the same of the package; this is for a copy of it in PYTHONPATH.
for _kind in (IpfsFileSystem, ParquetIpfsFileSystem):
    for _protocol in _kind.protocol:
        register_implementation(_protocol, _kind, clobber=True)

__all__ = [
    "Client",
    "Home",
    "IpfsFileSystem",
    "IpfsKitError",
    "Job",
    "ParquetIpfsFileSystem",
    "backend_health",
    "dataset",
    "metrics",
    "pins",
    "query",
    "vfs_stats",
]
__version__ = "0.1.0"
