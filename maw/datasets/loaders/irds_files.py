"""Which files does a set of `ir_datasets` come from, are they there, and are they whole?

`ir_datasets` checks what it downloads itself, but reads what lies in its cache without a look:
half a file laid there by hand, or an archive cut off between two members, would pass for all of it.
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
# what a read of a file that is not whole raises, in the formats that the package knows
BROKEN = (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, tarfile.ReadError)
# …and of one that is something else: its checks are assertions and RuntimeErrors
FOREIGN = (
    json.JSONDecodeError, UnicodeDecodeError, KeyError, IndexError, ValueError, TypeError,
    AssertionError,
)  # fmt: skip
BLOCK = 1 << 20


@dataclass(frozen=True)
class Source:
    """One download: where it lies once fetched. unpacked: the cache keeps its content only."""

    place: Path
    url: str
    n_bytes: int | None
    md5: str | None
    unpacked: bool = False

    def __str__(self) -> str:
        size = f" ({human(self.n_bytes)})" if self.n_bytes else ""
        return f"{self.url}{size} to {self.place}{', unpacked' if self.unpacked else ''}"


def human(n_bytes: float) -> str:
    """`2.8 MB`, in powers of 1000 as download pages have them."""
    for unit in ("B", "kB", "MB"):
        if n_bytes < 1000:
            return f"{n_bytes:.3g} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.3g} GB"


def sources_of(datasets: Iterable[Any]) -> list[Source]:
    """The downloads of documents, topics and judgements, each once; runs and triples are not read.

    A download whose content the cache keeps is not needed any more.
    """
    found: dict[str, Source] = {}
    for dataset in datasets:
        for part in PARTS:
            for source in _within(getattr(dataset, part)(), set()):
                found.setdefault(source.url, source)
    return list(found.values())


def _within(item: Any, seen: set[int], *, cached: Path | None = None) -> Iterator[Source]:
    """Handlers hold streamers that hold downloads: followed through the package's own objects."""
    if isinstance(item, list | tuple):
        for part in item:
            yield from _within(part, seen, cached=cached)
        return
    if id(item) in seen or not type(item).__module__.startswith("ir_datasets"):
        return
    seen.add(id(item))
    kind = type(item).__name__
    if kind == "Download":
        place = item.path(force=False) if item._cache_path is not None else cached
        urls = [url for mirror in item.mirrors if (url := getattr(mirror, "url", None))]
        if place is not None:
            yield Source(
                place=Path(place),
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
    """What was verified, for dataset.json. InputError for a file that is not the published one.

    Files that are missing are left to `ir_datasets`, which checks what it fetches.
    """
    there = [source for source in sources_of(datasets) if source.place.is_file()]
    for source in there:
        if not source.place.stat().st_size:
            raise InputError(f"{source.place}: empty; delete it and run again")
        if source.place.suffix == ".tar":
            _refuse_cut_tar(source.place)
        if verify and source.md5 and (made := _md5(source.place)) != source.md5:
            raise InputError(
                f"{source.place}: not the published file (MD5 {made}, published {source.md5}), or "
                "half of it; delete it and run again, or set `verify: false` to read it anyway"
            )
    return "files verified by MD5" if verify else "files not verified"


def reading(name: str, dataset: Any, iterate: Callable[[], Iterable[Any]]) -> Iterator[Any]:
    """The items of an iteration. InputError instead of what the package raises on the way."""
    import requests

    try:
        yield from iterate()
    except (requests.exceptions.RequestException, FileNotFoundError) as error:
        raise _unreachable(name, dataset, error) from None
    except BROKEN as error:
        raise _broken(name, dataset, error) from None
    except FOREIGN as error:
        if "disk space" in str(error):
            raise InputError(f"{name}: {error}") from None
        raise _foreign(name, dataset, error) from None
    except RuntimeError as error:
        if "download sources failed" in str(error):
            raise _unreachable(name, dataset, error) from None
        raise _foreign(name, dataset, error) from None
    except OSError as error:
        if type(error).__name__ != "HashVerificationError":
            raise
        raise InputError(
            f"{name}: what was downloaded is not the published file ({error}); run again"
        ) from None


def _unreachable(name: str, dataset: Any, error: Exception) -> InputError:
    missing = [source for source in sources_of([dataset]) if not source.place.exists()]
    wanted = "; ".join(map(str, missing)) or " ".join(str(error).split())[:200]
    return InputError(f"{name}: cannot be downloaded from here; where there is a network, {wanted}")


def _broken(name: str, dataset: Any, error: Exception) -> InputError:
    return InputError(
        f"{name}: not a whole file ({_said(error)}) among {_listed(dataset)}; "
        "delete it and run again, which downloads it anew"
    )


def _foreign(name: str, dataset: Any, error: Exception) -> InputError:
    return InputError(
        f"{name}: not in the format that ir_datasets expects ({_said(error)}), among "
        f"{_listed(dataset)}; delete it and run again"
    )


def _said(error: Exception) -> str:
    text = " ".join(str(error).split())[:120]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _listed(dataset: Any) -> str:
    """The files that lie there; where only unpacked ones do, their folder."""
    there = [str(source.place) for source in sources_of([dataset]) if source.place.is_file()]
    import ir_datasets

    return ", ".join(there) or str(ir_datasets.util.home_path())


def _refuse_cut_tar(path: Path) -> None:
    """A tar ends with 1,024 zero bytes; cut between two members it would read as a shorter one."""
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
