"""A connection that breaks: the rest is fetched, or all again; half a file is never read."""

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import standins

from maw.datasets.collection import Collection
from maw.errors import InputError
from maw.settings import registry

RESOLVE = socket.getaddrinfo
Serve = Callable[..., list[str]]


@pytest.fixture
def serve(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """serve(breaks, ranges) -> what was asked of the only server there is: it has scifact's zip.

    breaks: how many answers end in the middle; ranges: whether it goes on from a byte.
    """
    place = standins.beir(home, "scifact", {"train": range(20, 50), "test": range(20)})
    content, started = place.read_bytes(), []
    place.unlink()

    def begin(*, breaks: int, ranges: bool) -> list[str]:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.headers.get("Range", "")
                asked.append(wanted)
                start = int(wanted.removeprefix("bytes=").rstrip("-") or 0) if ranges else 0
                left = content[start:]
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(left)))
                if ranges:
                    self.send_header("Accept-Ranges", "bytes")
                self.end_headers()
                self.wfile.write(left[: len(left) // 2] if len(asked) <= breaks else left)

            def log_message(self, *_: Any) -> None:
                """Nothing: the test asks what was asked."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        _redirect(monkeypatch, server.server_port, md5=hashlib.md5(content).hexdigest())
        return asked

    yield begin
    for server in started:
        server.shutdown()
        server.server_close()


def _redirect(monkeypatch: pytest.MonkeyPatch, port: int, *, md5: str) -> None:
    """The package asks this server; what it has is the published file."""
    import ir_datasets
    import requests
    from ir_datasets.util import Download

    real, made = requests.get, Download.path

    def get(url: str, **given: Any) -> Any:
        return real(url=f"http://127.0.0.1:{port}/", **given)

    def path(self: Any, force: bool = True) -> Any:
        self.expected_md5 = md5
        return made(self, force)

    monkeypatch.setattr(socket, "getaddrinfo", RESOLVE)
    monkeypatch.setattr(requests, "get", get)
    monkeypatch.setattr(Download, "path", path)
    monkeypatch.setenv("IR_DATASETS_DL_TRIES", "3")
    monkeypatch.setenv("IR_DATASETS_DL_DISABLE_PBAR", "true")
    home = Path(ir_datasets.util.home_path())
    assert home.name == "irds"  # this test's, not the user's
    assert ir_datasets.load("beir/scifact/test") is not None


def load() -> Collection:
    config = registry.parse("loaders", {"kind": "irds", "verify": False, "id": "beir/scifact/test"})
    return standins.whole(registry.module_of(config).load(config))


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_download_goes_on_or_begins_again_and_is_whole(serve: Serve, ranges: bool) -> None:
    asked = serve(breaks=1, ranges=ranges)
    found = load()
    assert list(found.documents["doc_id"]) == [f"d{n}" for n in range(66)]
    assert len(asked) == 2
    assert asked[1].startswith("bytes=") is ranges


def test_of_a_download_that_never_ends_nothing_is_left_to_be_read(home: Path, serve: Serve) -> None:
    asked = serve(breaks=99, ranges=False)
    for _ in range(2):  # nor the second time, when half a file might lie there
        with pytest.raises(InputError, match="beir/scifact/test: cannot be downloaded from here"):
            load()
    assert len(asked) >= 6
    assert not (home / "beir/scifact/source.zip").exists()
