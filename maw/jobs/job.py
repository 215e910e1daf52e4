"""One job: the command that runs a stage, and the files that the stage reads and writes.

A stage is a function that takes a `Job` and paths, and returns the line to print:

    def evaluate(job: Job, *, ranking: Path, scores: Output) -> None: ...

    if __name__ == "__main__":
        run(evaluate)

makes a command with the options `--spec JSON --code HASH --ranking FILE --scores FILE`. For a
parameter that is a dataclass of paths, the command has an option for each of its fields.
"""

import argparse
import errno
import json
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NewType, NoReturn, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.errors import InputError
from maw.jobs import files
from maw.jobs.provenance import stamp

Output = NewType("Output", Path)  # a path that the stage writes; a plain `Path` is read
STOPPED = 128  # exit code of a process that a signal stopped: this plus the signal's number


@dataclass
class Job:
    """One run of a stage: it reads and writes all files, and stamps what it writes.

    stage: its name. spec: the specification. code: hash of the code. outputs: files that are not
    yet written. reads: digests of the files that were read.
    """

    stage: str
    spec: dict[str, Any]
    code: str
    outputs: dict[Path, files.PendingFile] = field(default_factory=dict)
    reads: set[str] = field(default_factory=set)

    def read_parquet(
        self, path: Path, columns: Sequence[str] | None = None, *, only: bool = False
    ) -> pd.DataFrame:
        """Return a frame of an earlier stage, with at least these columns, or `only` them."""
        frame = files.read_parquet(path, columns, only=only)
        self.note_read(path)
        return frame

    def read_rows(self, path: Path, column: str, rows: npt.NDArray[np.int64]) -> list[Any]:
        """Return the values [R] of one column in these rows [R], which rise."""
        self.note_read(path)
        return files.parquet_rows(path, column, rows=rows)

    def note_read(self, path: Path) -> None:
        """Count a file as read, where its content comes to the job by way of another file."""
        self.reads.add(files.read_stamp(path)["digest"])

    def read_json(self, path: Path, *, follow: bool = True) -> dict[str, Any]:
        """Return an object of an earlier stage; `follow=False` leaves it out of the stamp."""
        content = files.read_json(path)
        digest = files.read_stamp(path)["digest"]
        if follow:
            self.reads.add(digest)
        return content

    def read_tensors(self, path: Path) -> dict[str, Any]:
        """Return tensors by name that an earlier stage wrote, memory-mapped where possible."""
        from safetensors.torch import load_file

        if not path.exists():
            raise InputError(f"{path}: no such file; run snakemake to make it")
        self.note_read(path)
        try:
            tensors: dict[str, Any] = load_file(path)
        except Exception as error:  # safetensors raises its own type, which is not exported
            raise InputError(
                f"{path}: broken safetensors ({error}); delete it and run snakemake again"
            ) from None
        return tensors

    def map_arrays(self, path: Path) -> list[dict[str, Any]]:
        """Return parts of named arrays that an earlier stage wrote, memory-mapped."""
        self.note_read(path)
        return files.map_arrays(path)

    def write_arrays(self, path: Output, parts: Iterable[Mapping[str, Any]]) -> None:
        """Write parts of named arrays with their stamp, with one part in memory at a time."""
        self.fill_arrays(path, parts)
        self.finish(path)

    def write_parquet(self, path: Output, frame: pd.DataFrame) -> None:
        """Write a frame with its stamp: equal frames give equal bytes."""
        self.write_bytes(path, files.parquet_bytes(frame, self.stamp()))

    def fill_parquet(self, path: Output, blocks: Iterable[pd.DataFrame]) -> Path:
        """Write frames as one table, one in memory at a time; return the file for `finish`."""
        output = self.outputs[path]
        files.write_parquet(output.begin(), blocks, stamp=self.stamp())
        return output.part

    def fill_arrays(self, path: Output, parts: Iterable[Mapping[str, Any]]) -> Path:
        """Write as `write_arrays` does, and return the file for `finish`."""
        output = self.outputs[path]
        output.fill(files.array_blocks(parts, self.stamp(), folder=path.parent))
        return output.part

    def finish(self, path: Output) -> None:
        """Rename a file that was filled to its final path."""
        self.outputs.pop(path).finish()

    def write_json(self, path: Output, content: dict[str, Any]) -> None:
        """Write an object with its stamp."""
        self.write_bytes(path, files.json_bytes(content, self.stamp()))

    def write_tensors(self, path: Output, tensors: dict[str, Any]) -> None:
        """Write tensors by name with their stamp."""
        from safetensors.torch import save

        metadata = {files.STAMP.decode(): files.canonical(self.stamp())}
        self.write_bytes(path, save(tensors, metadata))

    def write_bytes(self, path: Output, content: bytes | Iterable[bytes]) -> None:
        """Write any other content, whole or not at all."""
        self.outputs[path].fill(content)
        self.finish(path)

    def keep(self, path: Path, parts: Iterable[Mapping[str, Any]]) -> None:
        """Write the state of a long job, which goes on from it when it was stopped."""
        files.PendingFile(path).write(files.array_blocks(parts, self.stamp(), folder=path.parent))

    def kept(self, path: Path) -> list[dict[str, Any]] | None:
        """Return the state that `keep` wrote; None without one of the same spec, code and reads."""
        if not path.exists() or files.read_stamp(path) != self.stamp():
            return None
        return files.map_arrays(path)

    def stamp(self) -> dict[str, Any]:
        """Return the stamp of the outputs, which is complete once all files have been read."""
        return stamp(self.stage, spec=self.spec, code=self.code, reads=self.reads)


Stage = Callable[..., str | None]


def run(stage: Stage, arguments: Sequence[str] | None = None) -> None:
    """Run a stage from the command line, and print the line that it returns, with the seconds.

    A user's mistake, a lack of memory or of disk space is one line on stderr, with exit code 2.
    """
    parameters = get_type_hints(stage)
    hints = _option_hints(parameters)
    options = vars(_parser(stage, hints).parse_args(arguments))
    started = time.monotonic()
    signal.signal(signal.SIGTERM, _stop)
    job = Job(stage.__name__, {}, options.pop("code"))
    try:
        job.spec = _specification(options.pop("spec"))
        for path in _output_paths(options, hints):  # one by one, so that a failure releases all
            job.outputs[path] = files.PendingFile(path)
        line = stage(job, **_arguments(options, parameters))
    except InputError as error:
        _fail(f"maw {job.stage}: {error}")
    except MemoryError:
        _fail(f"maw {job.stage}: out of memory; run fewer jobs at once (snakemake --cores 1)")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT):
            raise
        _fail(f"maw {job.stage}: {error.filename or 'disk'}: {error.strerror}; free it and rerun")
    finally:
        for output in job.outputs.values():
            output.release()
    print(f"maw {job.stage}: {line or 'done'} ({time.monotonic() - started:.1f} s)", flush=True)


def _option_hints(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the type of each option: of all parameters but the job, and of dataclasses' fields."""
    hints: dict[str, Any] = {}
    for name, hint in parameters.items():
        if is_dataclass(hint) and name != "job":
            hints |= get_type_hints(hint)
        elif name not in ("job", "return"):
            hints[name] = hint
    return hints


def _output_paths(options: Mapping[str, Any], hints: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the paths of all options that are outputs or lists of outputs."""
    for name, value in options.items():
        if hints[name] in (Output, list[Output]):
            yield from value if isinstance(value, list) else [value]


def _arguments(options: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stage's arguments, with the options of a dataclass's fields folded into one."""
    arguments = dict(options)
    for name, hint in parameters.items():
        if is_dataclass(hint) and name != "job":
            fields = {field: arguments.pop(field) for field in get_type_hints(hint)}
            arguments[name] = hint(**fields)  # type: ignore[operator]
    return arguments


def _parser(stage: Stage, hints: dict[str, Any]) -> argparse.ArgumentParser:
    """Return a parser with one option for each path, list of paths or output of the stage."""
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


def _specification(text: str) -> dict[str, Any]:
    """Return a specification from JSON, or from the file that `maw.stages.shared.specify` wrote."""
    if text.startswith("{"):
        content: dict[str, Any] = json.loads(text)
        return content
    content = files.read_json(Path(text))
    if not isinstance(content.get("spec"), dict):
        raise InputError(f"{text}: holds no specification; run snakemake, which writes it")
    return dict(content["spec"])


def _stop(number: int, frame: FrameType | None) -> None:
    """End the process by an exception, so that locks and temporary folders are given up."""
    sys.exit(STOPPED + number)


def _fail(line: str) -> NoReturn:
    sys.stdout.flush()
    print(" ".join(line.split()), file=sys.stderr, flush=True)
    sys.exit(2)
