"""The files of a dataset of `ir_datasets`: where they lie, and whether they are whole.

`ir_datasets` checks the files that it downloads itself, but not those that already lie in its
cache: half a file that was put there by hand, or an archive that was cut off between two members,
would be read as if it were whole.
"""

import gzip
import hashlib
import json
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maw.errors import InputError

PARTS = ("docs_handler", "queries_handler", "qrels_handler")
# exceptions from a file that is not whole, in the formats that the package reads
BROKEN = (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, tarfile.ReadError)
# exceptions from a file of another content: the package checks by assertions and RuntimeErrors
FOREIGN = (
    json.JSONDecodeError, UnicodeDecodeError, KeyError, IndexError, ValueError, TypeError,
    AssertionError,
)  # fmt: skip
BLOCK = 1 << 20


@dataclass(frozen=True)
class Source:
    """One file that `ir_datasets` downloads.

    path: where the file lies once it is downloaded. n_bytes, md5: size and MD5 as published, None
    if not stated. unpacked: True if the cache keeps only the content of the file, at `path`.
    """

    path: Path
    url: str
    n_bytes: int | None
    md5: str | None
    unpacked: bool = False

    def __str__(self) -> str:
        size = f" ({human(self.n_bytes)})" if self.n_bytes else ""
        return f"{self.url}{size} to {self.path}{', unpacked' if self.unpacked else ''}"


def human(n_bytes: float) -> str:
    """Return a size like `2.8 MB`, in powers of 1000 as download pages state them."""
    for unit in ("B", "kB", "MB"):
        if n_bytes < 1000:
            return f"{n_bytes:.3g} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.3g} GB"


def sources_of(datasets: Iterable[Any]) -> list[Source]:
    """Return the files from which documents, queries and judgements are read, each once.

    A file is left out if its unpacked content is already in the cache.
    """
    sources: dict[str, Source] = {}
    for dataset in datasets:
        for part in PARTS:
            for source in _within(getattr(dataset, part)(), set()):
                sources.setdefault(source.url, source)
    return list(sources.values())


def _within(item: Any, seen: set[int], *, cached: Path | None = None) -> Iterator[Source]:
    """Yield the downloads that an object of `ir_datasets` holds, directly or indirectly.

    Handlers hold streamers, and streamers hold downloads. cached: where the cache keeps the content
    of the download. seen: `id()` of the objects that were visited.
    """
    if isinstance(item, list | tuple):
        for part in item:
            yield from _within(part, seen, cached=cached)
        return
    if id(item) in seen or not type(item).__module__.startswith("ir_datasets"):
        return
    seen.add(id(item))
    kind = type(item).__name__
    if kind == "Download":
        path = item.path(force=False) if item._cache_path is not None else cached
        urls = [url for mirror in item.mirrors if (url := getattr(mirror, "url", None))]
        if path is not None:
            yield Source(
                path=Path(path),
                url=urls[0] if urls else "a file of your own",
                n_bytes=item._size_hint,
                md5=item.expected_md5,
                unpacked=item._cache_path is None,
            )
        return
    if kind == "Cache":
        if item._path.exists():
            return
        cached = item._path
    for part in vars(item).values():
        yield from _within(part, seen, cached=cached)


def check(name: str, datasets: Iterable[Any], *, verify: bool) -> str:
    """Check the files that are in the cache, and return a phrase about them for dataset.json.

    InputError for an empty file, for a tar archive that was cut off, and, if `verify` is True, for
    a file whose MD5 is not the published one. Missing files are left to `ir_datasets`, which checks
    what it downloads.
    """
    present = [source for source in sources_of(datasets) if source.path.is_file()]
    for source in present:
        if not source.path.stat().st_size:
            raise InputError(f"{source.path}: empty; delete it and run again")
        if source.path.suffix == ".tar":
            _refuse_cut_tar(source.path)
        if verify and source.md5 and (md5 := _md5(source.path)) != source.md5:
            raise InputError(
                f"{source.path}: not the published file (MD5 {md5}, published {source.md5}), or "
                "half of it; delete it and run again, or set `verify: false` to read it anyway"
            )
    return "files verified by MD5" if verify else "files not verified"


def reading(name: str, dataset: Any, iterate: Callable[[], Iterable[Any]]) -> Iterator[Any]:
    """Yield the items of `iterate()`, with InputError in place of the package's exceptions.

    Other errors of the operating system, such as one of the disk, are raised as they are. name,
    dataset: id and dataset of `ir_datasets`, for the error message.
    """
    import requests

    try:
        yield from iterate()
    except (requests.exceptions.RequestException, FileNotFoundError) as error:
        raise _unreachable(name, dataset, error) from None
    except BROKEN as error:
        raise _broken(name, dataset, error) from None
    except FOREIGN as error:
        if "disk space" in str(error):
            raise InputError(f"{name}: {error}; free some disk space and run again") from None
        raise _foreign(name, dataset, error) from None
    except RuntimeError as error:
        if "download sources failed" in str(error):
            raise _unreachable(name, dataset, error) from None
        raise _foreign(name, dataset, error) from None
    except OSError as error:
        if type(error).__name__ != "HashVerificationError":
            raise
        raise InputError(
            f"{name}: the download is not the published file ({error}); run again"
        ) from None


def _unreachable(name: str, dataset: Any, error: Exception) -> InputError:
    missing = [source for source in sources_of([dataset]) if not source.path.exists()]
    downloads = "; ".join(map(str, missing)) or " ".join(str(error).split())[:200]
    return InputError(
        f"{name}: cannot be downloaded from here; run again where there is a network, or download "
        f"by hand: {downloads}"
    )


def _broken(name: str, dataset: Any, error: Exception) -> InputError:
    return InputError(
        f"{name}: not a whole file ({_message(error)}) among {_listed(dataset)}; "
        "delete it and run again, which downloads it anew"
    )


def _foreign(name: str, dataset: Any, error: Exception) -> InputError:
    return InputError(
        f"{name}: not in the format that ir_datasets expects ({_message(error)}), among "
        f"{_listed(dataset)}; delete it and run again"
    )


def _message(error: Exception) -> str:
    text = " ".join(str(error).split())[:120]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _listed(dataset: Any) -> str:
    """Return the paths of the downloaded files; if there are none, the package's cache folder."""
    present = [str(source.path) for source in sources_of([dataset]) if source.path.is_file()]
    import ir_datasets

    return ", ".join(present) or str(ir_datasets.util.home_path())


def _refuse_cut_tar(path: Path) -> None:
    """Raise InputError for a tar archive without the 1,024 zero bytes at its end.

    An archive that is cut between two members would be read as a shorter archive.
    """
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - 1024))
        if file.read().strip(b"\0") or path.stat().st_size < 1024:
            raise InputError(f"{path}: cut off before the archive's end; delete it and run again")


def _md5(path: Path) -> str:
    total = hashlib.md5(usedforsecurity=False)
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            total.update(block)
    return total.hexdigest()
