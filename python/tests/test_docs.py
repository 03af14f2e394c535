"""The examples of docs/python.md run, and importing the package is enough for fsspec's URLs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import ipfs_kit
from ipfs_kit import IpfsFileSystem

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def parts(fs: IpfsFileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the CID of a folder of Parquet, in a folder that has what the examples read."""
    pq.write_table(pa.table({"id": [1, 2, 3], "x": [0.5, 1.5, 2.5], "y": [0, 1, 0]}), tmp_path / "part-0.parquet")
    results = tmp_path / "work" / "results"
    results.mkdir(parents=True)
    (results / "notes.txt").write_text("done")
    folder = tmp_path / "parts"
    folder.mkdir()
    shutil.move(tmp_path / "part-0.parquet", folder)
    (tmp_path / "work" / "sales.csv").write_text("id,shop,day,price\n1,Köln,2024-01-31,9.5\n2,Rome,2024-02-01,1\n")
    ipfs_kit.Home().run("dataset", "put", "shops", str(tmp_path / "work" / "sales.csv"), "--json")
    monkeypatch.chdir(tmp_path / "work")
    cid: str = fs.put(str(folder), recursive=True)
    return cid


def _run(examples: list[str], cid: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for example in examples:
        exec(compile(example.replace("bafy…", cid), str(PAGE), "exec"), names)
    return names


def test_the_examples_run(parts: str) -> None:
    pytest.importorskip("duckdb")
    examples = [example for example in EXAMPLES if "torch" not in example]
    assert len(examples) >= 5
    names = _run(examples, parts)
    assert names["table"].schema.metadata[b"method"]
    assert names["frame"].id.tolist() == [1, 2, 3]
    assert names["file"].cid.startswith("bafk")


def test_the_example_of_training_runs(parts: str) -> None:
    pytest.importorskip("torch")
    # With workers a program guards its start; here the loader itself is what is shown.
    (example,) = [example.replace("num_workers=4", "num_workers=0") for example in EXAMPLES if "torch" in example]
    assert "x" in _run([example], parts)["batch"]


def test_importing_is_enough_for_urls(parts: str, tmp_path: Path) -> None:
    shutil.copytree(Path(ipfs_kit.__file__).parent, tmp_path / "copy" / "ipfs_kit")
    program = "import fsspec, ipfs_kit, sys; print(fsspec.open(sys.argv[1]).open().read(4), fsspec.get_filesystem_class('parquet-ipfs').__name__)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, f"ipfs://{parts}/part-0.parquet"],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "copy")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "b'PAR1' ParquetIpfsFileSystem", done.stderr
