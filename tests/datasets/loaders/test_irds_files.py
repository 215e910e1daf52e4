"""After a broken connection the rest is downloaded, or all again; half a file is never read."""

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

import tests.standins as standins
from maw.datasets.collection import Collection
from maw.datasets.loaders.irds_files import human
from maw.errors import InputError
from maw.settings import registry

RESOLVE = socket.getaddrinfo
Serve = Callable[..., list[str]]


@pytest.fixture
def serve(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """serve(breaks, ranges) starts a server with scifact's zip and returns its list of requests.

    breaks: number of answers that end in the middle; ranges: whether it sends parts of the file.
    A request is its Range header, empty without one.
    """
    path = standins.beir(home, "scifact", {"train": range(20, 50), "test": range(20)})
    content, started = path.read_bytes(), []
    path.unlink()

    def begin(*, breaks: int, ranges: bool) -> list[str]:
        requested: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                range_header = self.headers.get("Range", "")
                requested.append(range_header)
                start = int(range_header.removeprefix("bytes=").rstrip("-") or 0) if ranges else 0
                left = content[start:]
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(left)))
                if ranges:
                    self.send_header("Accept-Ranges", "bytes")
                self.end_headers()
                self.wfile.write(left[: len(left) // 2] if len(requested) <= breaks else left)

            def log_message(self, *_: Any) -> None:
                """Print nothing."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        _redirect(monkeypatch, server.server_port, md5=hashlib.md5(content).hexdigest())
        return requested

    yield begin
    for server in started:
        server.shutdown()
        server.server_close()


def _redirect(monkeypatch: pytest.MonkeyPatch, port: int, *, md5: str) -> None:
    """ir_datasets downloads from this server and takes its file for the published one."""
    import ir_datasets
    import requests
    from ir_datasets.util import Download

    real_get, real_path = requests.get, Download.path

    def get(url: str, **options: Any) -> Any:
        return real_get(url=f"http://127.0.0.1:{port}/", **options)

    def path(self: Any, force: bool = True) -> Any:
        self.expected_md5 = md5
        return real_path(self, force)

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
    requested = serve(breaks=1, ranges=ranges)
    collection = load()
    assert list(standins.documents_of(collection)["doc_id"]) == [f"d{n}" for n in range(66)]
    assert len(requested) == 2
    assert requested[1].startswith("bytes=") is ranges


def test_of_a_download_that_never_ends_nothing_is_left_to_be_read(home: Path, serve: Serve) -> None:
    requested = serve(breaks=99, ranges=False)
    for _ in range(2):  # nor the second time, when half a file might lie there
        with pytest.raises(InputError, match="beir/scifact/test: cannot be downloaded from here"):
            load()
    assert len(requested) >= 6
    assert not (home / "beir/scifact/source.zip").exists()


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [(0, "0 B"), (999, "999 B"), (2_820_000, "2.82 MB"), (21_800_000_000, "21.8 GB")],
)
def test_sizes_are_written_in_powers_of_1000(n_bytes: int, text: str) -> None:
    assert human(n_bytes) == text
