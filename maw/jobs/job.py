"""How does a stage run? As one job: arguments in, files read, files written whole, one line out.

    def evaluate(job: Job, *, ranking: Path, scores: Output) -> None: ...

    if __name__ == "__main__":
        run(evaluate)

makes a command with `--spec JSON --code HASH --ranking FILE --scores FILE`. A parameter that is a
dataclass of paths stands for an option of each of its fields.
"""

import argparse
import errno
import json
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NewType, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.errors import InputError
from maw.jobs import files
from maw.jobs.provenance import stamp

Output = NewType("Output", Path)


@dataclass
class Job:
    """The one door between a stage and the disk: notes what was read, stamps what is written."""

    stage: str
    spec: dict[str, Any]
    code: str
    claims: dict[Path, files.Claim] = field(default_factory=dict)
    reads: set[str] = field(default_factory=set)

    def read_parquet(
        self, path: Path, columns: Sequence[str] | None = None, *, only: bool = False
    ) -> pd.DataFrame:
        """A frame made by an earlier stage, of which these columns are wanted, or `only` these."""
        frame = files.read_parquet(path, columns, only=only)
        self.reads.add(files.read_stamp(path)["digest"])
        return frame

    def read_rows(self, path: Path, column: str, rows: npt.NDArray[np.int64]) -> list[Any]:
        """What one column of a frame made by an earlier stage has in these rows, rising."""
        self.note_read(path)
        return files.parquet_rows(path, column, rows)

    def note_read(self, path: Path) -> None:
        """Count a file as read: the result depends on it through another file."""
        self.reads.add(files.read_stamp(path)["digest"])

    def read_json(self, path: Path, *, follow: bool = True) -> dict[str, Any]:
        """An object made by an earlier stage; `follow=False` leaves it out of the stamp."""
        content = files.read_json(path)
        made = files.read_stamp(path)["digest"]
        if follow:
            self.reads.add(made)
        return content

    def read_tensors(self, path: Path) -> dict[str, Any]:
        """Tensors made by an earlier stage, by name; memory-mapped where the platform can."""
        from safetensors.torch import load_file

        if not path.exists():
            raise InputError(f"{path}: no such file; run snakemake to make it")
        self.reads.add(files.read_stamp(path)["digest"])
        try:
            tensors: dict[str, Any] = load_file(path)
        except Exception as error:  # safetensors raises its own type, which is not exported
            raise InputError(
                f"{path}: broken safetensors ({error}); delete it and run snakemake again"
            ) from None
        return tensors

    def map_arrays(self, path: Path) -> list[dict[str, Any]]:
        """Parts of arrays made by an earlier stage, memory-mapped."""
        self.note_read(path)
        return files.map_arrays(path)

    def write_arrays(self, path: Output, parts: Iterable[Mapping[str, Any]]) -> None:
        """Arrays by name in parts, one of them in memory at a time, with their stamp."""
        self.fill_arrays(path, parts)
        self.finish(path)

    def write_parquet(self, path: Output, frame: pd.DataFrame) -> None:
        """A frame with its stamp: the same frame gives the same bytes."""
        self.write_bytes(path, files.parquet_bytes(frame, self.stamp()))

    def fill_parquet(self, path: Output, blocks: Iterable[pd.DataFrame]) -> Path:
        """Frames under each other, one in memory at a time; where they wait for `finish`."""
        claim = self.claims[path]
        files.write_parquet(claim.begin(), blocks, self.stamp())
        return claim.part

    def fill_arrays(self, path: Output, parts: Iterable[Mapping[str, Any]]) -> Path:
        """As `write_arrays`; where they wait for `finish`."""
        claim = self.claims[path]
        claim.fill(files.array_blocks(parts, self.stamp(), folder=path.parent))
        return claim.part

    def finish(self, path: Output) -> None:
        """What was filled in is all right, and the output."""
        self.claims.pop(path).finish()

    def write_json(self, path: Output, content: dict[str, Any]) -> None:
        """An object with its stamp."""
        self.write_bytes(path, files.json_bytes(content, self.stamp()))

    def write_tensors(self, path: Output, tensors: dict[str, Any]) -> None:
        """Tensors by name, with their stamp."""
        from safetensors.torch import save

        metadata = {files.STAMP.decode(): files.canonical(self.stamp())}
        self.write_bytes(path, save(tensors, metadata))

    def write_bytes(self, path: Output, content: bytes | Iterable[bytes]) -> None:
        """Anything else, whole or not at all."""
        self.claims[path].fill(content)
        self.finish(path)

    def keep(self, path: Path, parts: Iterable[Mapping[str, Any]]) -> None:
        """How far a long job has come, so that it need not begin again when it is cut off."""
        files.Claim(path).write(files.array_blocks(parts, self.stamp(), folder=path.parent))

    def kept(self, path: Path) -> list[dict[str, Any]] | None:
        """What `keep` wrote, where this very job did: same specification, code and files read."""
        if not path.exists() or files.read_stamp(path) != self.stamp():
            return None
        return files.map_arrays(path)

    def stamp(self) -> dict[str, Any]:
        """What the outputs carry. Complete only when everything has been read."""
        return stamp(self.stage, spec=self.spec, code=self.code, reads=self.reads)


Stage = Callable[..., str | None]


def run(stage: Stage, arguments: Sequence[str] | None = None) -> None:
    """Run a stage from the command line. Its returned line is printed last, with the seconds."""
    whole = get_type_hints(stage)
    hints = _fields(whole)
    options = vars(_parser(stage, hints).parse_args(arguments))
    started = time.monotonic()
    signal.signal(signal.SIGTERM, _stopped)
    job = Job(stage.__name__, {}, options.pop("code"))
    try:
        job.spec = _specification(options.pop("spec"))
        for name, path in options.items():
            if hints[name] in (Output, list[Output]):
                for one in path if isinstance(path, list) else [path]:
                    job.claims[one] = files.Claim(one)
        told = stage(job, **_gathered(options, whole))
    except InputError as error:
        _fail(f"maw {job.stage}: {error}")
    except MemoryError:
        _fail(f"maw {job.stage}: out of memory; run fewer jobs at once (snakemake --cores 1)")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT):
            raise
        _fail(f"maw {job.stage}: {error.filename or 'disk'}: {error.strerror}; free it and rerun")
    finally:
        for claim in job.claims.values():
            claim.release()
    print(f"maw {job.stage}: {told or 'done'} ({time.monotonic() - started:.1f} s)", flush=True)


def _fields(hints: Mapping[str, Any]) -> dict[str, Any]:
    """Name -> type, the fields of a dataclass in its place; without the job and what is told."""
    found: dict[str, Any] = {}
    for name, hint in hints.items():
        if is_dataclass(hint) and name != "job":
            found |= get_type_hints(hint)
        elif name not in ("job", "return"):
            found[name] = hint
    return found


def _gathered(options: Mapping[str, Any], hints: Mapping[str, Any]) -> dict[str, Any]:
    """Options as the stage takes them: those of a dataclass's fields as one."""
    found = dict(options)
    for name, hint in hints.items():
        if is_dataclass(hint) and name != "job":
            of_it = {field: found.pop(field) for field in get_type_hints(hint)}
            found[name] = hint(**of_it)  # type: ignore[operator]
    return found


def _parser(stage: Stage, hints: dict[str, Any]) -> argparse.ArgumentParser:
    """One option for each keyword of the stage: a path, a list of paths, or a path to write."""
    parser = argparse.ArgumentParser(description=stage.__doc__)
    parser.add_argument("--spec", required=True, help="the job's specification: JSON, or its file")
    parser.add_argument("--code", required=True, help="hash of the code that the job runs")
    for name, hint in hints.items():
        kinds = (hint, *get_args(hint))  # of `list[Path] | None`: the union and its members
        several = any(get_origin(kind) is list for kind in kinds)
        optional = type(None) in kinds
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=Path,
            nargs=("*" if optional else "+") if several else None,
            required=not optional,
        )
    return parser


def _specification(given: str) -> dict[str, Any]:
    """JSON on the command line, or the `spec` of a file that `maw.stages.shared.specify` wrote."""
    if given.startswith("{"):
        content: dict[str, Any] = json.loads(given)
        return content
    content = files.read_json(Path(given))
    if not isinstance(content.get("spec"), dict):
        raise InputError(f"{given}: holds no specification; run snakemake, which writes it")
    return dict(content["spec"])


def _stopped(number: int, frame: FrameType | None) -> None:
    """Asked to end: what a stage holds, folders of its own too, is given back on the way out."""
    sys.exit(128 + number)


def _fail(line: str) -> None:
    sys.stdout.flush()
    print(" ".join(line.split()), file=sys.stderr, flush=True)
    sys.exit(2)
