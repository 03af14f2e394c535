"""The client of the API over a real engine, on its socket and its port."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from ipfs_kit import Client, Home, IpfsKitError


def port_of(home: Home) -> str:
    engine = Client(home).daemon_status()["engine"]
    assert engine is not None
    return str(next(port["url"] for port in engine["ports"] if port["name"] == "service"))


@pytest.fixture(params=["socket", "port"])
def client(request: pytest.FixtureRequest, home: Home) -> Client:
    return Client(home) if request.param == "socket" else Client(home, url=port_of(home))


def test_bytes_go_in_and_come_out(client: Client) -> None:
    data = bytes(range(256)) * 20_000
    added = client.upload(data, name="bytes.bin")
    assert added["size"] == len(data)
    assert client.upload(io.BytesIO(data), pin=False)["cid"] == added["cid"]
    assert client.upload(data[at : at + 99_999] for at in range(0, len(data), 99_999))["cid"] == added["cid"]
    with client.download(added["cid"]) as body:
        assert body.headers["content-length"] == str(len(data))
        assert body.read(1000) + b"".join(body) == data
    assert client.download(added["cid"], start=1000, end=1256).read() == data[1000:1256]
    assert client.download(added["cid"], start=len(data) - 5).read() == data[-5:]
    assert client.stat(added["cid"])["type"] == "file"
    archive = client.car_export(added["cid"]).read()
    assert client.car_import(archive)["roots"] == [added["cid"]]
    # An answer that is not read to its end ends the work, and nothing else.
    with client.download(added["cid"]) as body:
        body.read(1)


def test_pages_are_asked_for_one_after_the_other(client: Client) -> None:
    cids = {client.upload(f"page {number}".encode(), name=f"page-{number}")["cid"] for number in range(5)}
    first = client.pin_ls(limit=2)
    assert len(first["pins"]) == 2 and first["next_cursor"] is not None
    assert cids <= {pin["cid"] for pin in client.iter_pin_ls(limit=2)}


def test_rows_come_of_sql(client: Client) -> None:
    made = client.dataset_upload(b"city,people\nBern,134794\nBasel,177827\n", "cities", "csv")
    assert made["rows"] == 2
    found = client.query("SELECT city FROM cities WHERE people > $least", parameters={"least": 150_000})
    assert found["rows"] == [["Basel"]]
    assert client.dataset_download("cities", format="csv").read().startswith(b"city,people")


def test_errors_are_those_of_python(client: Client) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        client.dataset_show("none")
    assert isinstance(missing.value, IpfsKitError)
    assert missing.value.code == "PATH_NOT_FOUND"
    assert missing.value.problem["status"] == 404
    with pytest.raises(ValueError) as wrong:
        client.pin_ls(limit=0)
    assert wrong.value.problem["fields"][0]["field"] == "limit"  # type: ignore[attr-defined]


def test_long_work_is_a_job(client: Client, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a file of this machine")
    job = client.add_job([str(tmp_path / "file")])
    told: list[dict[str, Any]] = []
    result = job.wait(told.append)
    assert result["roots"][0]["size"] == 22
    assert told[-1]["status"] == "completed"
    assert job.report()["status"] == "completed"
    job.cancel()
    failing = client.add_job([str(tmp_path / "none")])
    with pytest.raises(IpfsKitError) as failed:
        failing.wait()
    assert failed.value.code != "INTERNAL"
    assert failing.id in [one["id"] for one in client.job_ls()["jobs"]]


def test_events_come_as_they_happen(client: Client) -> None:
    known = client.event_ls()["last_id"]
    # What is here already is not added again.
    cid = client.upload(f"after {known}".encode())["cid"]
    added = next(event for event in client.events("added", after=known) if event.name == "added")
    assert (added.name, added.data["cid"]) == ("added", cid)


def test_a_key_makes_a_write_happen_once(client: Client) -> None:
    cid = client.upload(b"once")["cid"]
    key = f"once-{client.version()['correlation_id']}"
    first = client.pin_add([cid], name="once", idempotency_key=key)
    assert client.pin_add([cid], name="once", idempotency_key=key)["correlation_id"] == first["correlation_id"]


def test_who_may_not_ask_is_told_so(home: Home, bare_home: Home) -> None:
    stranger = Client(url=port_of(home), token="none")
    with pytest.raises(IpfsKitError) as refused:
        stranger.version()
    assert (refused.value.code, refused.value.problem["status"]) == ("CREDENTIALS", 401)
    # A body that is larger than what waits in the connection: the refusal is read all the same.
    with pytest.raises(IpfsKitError) as refused:
        stranger.upload(bytes(1 << 20) for _ in range(64))
    assert refused.value.code == "CREDENTIALS"
    with pytest.raises(IpfsKitError, match="no engine"):
        Client(bare_home, start=False).version()
    with pytest.raises(IpfsKitError, match="no engine answers"):
        Client(url="http://127.0.0.1:1", token="none").version()
    with pytest.raises(ValueError):
        Client(url="127.0.0.1:8520")


def test_what_is_cut_off_is_no_end(home: Home) -> None:
    import socket
    import threading

    heads = [
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ]
    for head in heads:
        for size in (-1, 10):
            with socket.create_server(("127.0.0.1", 0)) as server:

                def answer() -> None:
                    connection, _ = server.accept()
                    connection.recv(1 << 16)
                    connection.sendall(head)
                    connection.close()

                thread = threading.Thread(target=answer)
                thread.start()
                body = Client(url=f"http://127.0.0.1:{server.getsockname()[1]}", token="x").download("cid")
                with pytest.raises(IpfsKitError) as cut:
                    while body.read(size):
                        pass
                assert cut.value.code == "CLOSED"
                thread.join()


def test_every_operation_of_the_document_is_there(home: Home) -> None:
    from ipfs_kit.sync_http import ask

    document = json.loads(ask(home, "GET", "/openapi.json") or b"")
    for methods in document["paths"].values():
        for operation in methods.values():
            assert callable(getattr(Client, operation["operationId"]))
