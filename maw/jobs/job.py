"""Jobs: a job is one run of a stage of the workflow, with the files that it reads and writes.

A stage is a function that takes a `Job` and paths, and returns the line to print, or None. This
module makes a command from the function:

    def evaluate(job: Job, *, ranking: Path, scores: Output) -> None: ...

    if __name__ == "__main__":
        run(evaluate)

The command has the options `--spec JSON --code HASH --ranking FILE --scores FILE`. For a parameter
that is a dataclass of paths, it has an option for each field of the dataclass.
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
    """One run of a stage. Through this object the stage reads its inputs and writes its outputs.

    Every parquet, JSON and safetensors file that is written gets a stamp: stage, spec, code and
    reads. stage: name of the stage. spec: everything in the suite that the result depends on. code:
    hash of the code. outputs: path -> output that is not finished. reads: digests of the files that
    were read so far.
    """

    stage: str
    spec: dict[str, Any]
    code: str
    outputs: dict[Path, files.PendingFile] = field(default_factory=dict)
    reads: set[str] = field(default_factory=set)

    def read_parquet(
        self, path: Path, columns: Sequence[str] | None = None, *, only: bool = False
    ) -> pd.DataFrame:
        """Return the table in a parquet file of an earlier stage.

        columns: names of columns that the file must have. only: True reads these columns alone,
        False all columns. InputError for a file that is missing, broken or not stamped, or that
        lacks one of the columns.
        """
        frame = files.read_parquet(path, columns, only=only)
        self.note_read(path)
        return frame

    def read_rows(self, path: Path, column: str, rows: npt.NDArray[np.int64]) -> list[Any]:
        """Return the values [R] of one column of a parquet file in the given rows.

        rows [R]: row numbers from 0, in ascending order.
        """
        self.note_read(path)
        return files.parquet_rows(path, column, rows=rows)

    def note_read(self, path: Path) -> None:
        """Add a file's digest to `reads` without reading its content.

        Use it for a file whose content the job reads in another way, or from another file.
        """
        self.reads.add(files.read_stamp(path)["digest"])

    def read_json(self, path: Path, *, follow: bool = True) -> dict[str, Any]:
        """Return the object in a JSON file of an earlier stage.

        follow: False leaves the file out of the stamps of this job's outputs.
        """
        content = files.read_json(path)
        digest = files.read_stamp(path)["digest"]
        if follow:
            self.reads.add(digest)
        return content

    def read_tensors(self, path: Path) -> dict[str, Any]:
        """Return name -> torch tensor of a safetensors file that an earlier stage wrote.

        InputError when the file is missing or broken.
        """
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
        """Return the parts (name -> array) of a file that an earlier stage wrote by `write_arrays`.

        The arrays are memory-mapped: values are read from the disk when they are used.
        """
        self.note_read(path)
        return files.map_arrays(path)

    def write_arrays(self, path: Output, parts: Iterable[Mapping[str, Any]]) -> None:
        """Write parts (name -> array) as one safetensors file with the job's stamp.

        Only one part is in memory at a time.
        """
        self.fill_arrays(path, parts)
        self.finish(path)

    def write_parquet(self, path: Output, frame: pd.DataFrame) -> None:
        """Write a frame as a parquet file with the job's stamp."""
        self.write_bytes(path, files.parquet_bytes(frame, self.stamp()))

    def fill_parquet(self, path: Output, blocks: Iterable[pd.DataFrame]) -> Path:
        """Write frames as one stamped parquet table, with one frame in memory at a time.

        Returns the path of the unfinished file, which can be read; `finish` renames it.
        """
        output = self.outputs[path]
        files.write_parquet(output.begin(), blocks, stamp=self.stamp())
        return output.part

    def fill_arrays(self, path: Output, parts: Iterable[Mapping[str, Any]]) -> Path:
        """Write parts (name -> array) as `write_arrays` does, but do not finish the file.

        Returns the path of the unfinished file, which can be read; `finish` renames it.
        """
        output = self.outputs[path]
        output.fill(files.array_blocks(parts, self.stamp(), folder=path.parent))
        return output.part

    def finish(self, path: Output) -> None:
        """Rename the file that `fill_parquet` or `fill_arrays` wrote to its final path."""
        self.outputs.pop(path).finish()

    def write_json(self, path: Output, content: dict[str, Any]) -> None:
        """Write a dict as a JSON file with the job's stamp."""
        self.write_bytes(path, files.json_bytes(content, self.stamp()))

    def write_tensors(self, path: Output, tensors: dict[str, Any]) -> None:
        """Write torch tensors (name -> tensor) as a safetensors file with the job's stamp."""
        from safetensors.torch import save

        metadata = {files.STAMP.decode(): files.canonical(self.stamp())}
        self.write_bytes(path, save(tensors, metadata))

    def write_bytes(self, path: Output, content: bytes | Iterable[bytes]) -> None:
        """Write bytes, or blocks of bytes, as a file without adding a stamp.

        The file is at its final path only when all is written.
        """
        self.outputs[path].fill(content)
        self.finish(path)

    def keep(self, path: Path, parts: Iterable[Mapping[str, Any]]) -> None:
        """Write the state of a long job, so that a new start after a stop can go on from it.

        path: the file of the state. parts: dicts of name -> array.
        """
        files.PendingFile(path).write(files.array_blocks(parts, self.stamp(), folder=path.parent))

    def kept(self, path: Path) -> list[dict[str, Any]] | None:
        """Return the state that `keep` wrote: its parts (name -> array).

        None where there is no state, or it is from a job with another spec, other code or other
        files read.
        """
        if not path.exists() or files.read_stamp(path) != self.stamp():
            return None
        return files.map_arrays(path)

    def stamp(self) -> dict[str, Any]:
        """Return the stamp for this job's outputs; it is complete once all files have been read."""
        return stamp(self.stage, spec=self.spec, code=self.code, reads=self.reads)


Stage = Callable[..., str | None]


def run(stage: Stage, arguments: Sequence[str] | None = None) -> None:
    """Run a stage from the command line and print the line that it returns, with the seconds.

    arguments: the command's arguments; None for those of this process. A mistake that the user can
    mend, or a lack of memory, disk space or permission, is one line on stderr and exit code 2.
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
        _fail(
            f"maw {job.stage}: {error.filename or 'disk'}: {error.strerror}; free space or allow "
            "writing, and run again"
        )
    finally:
        for output in job.outputs.values():
            output.release()
    print(f"maw {job.stage}: {line or 'done'} ({time.monotonic() - started:.1f} s)", flush=True)


def _option_hints(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return option -> type of its value, from the types of a stage's parameters.

    A parameter that is a dataclass gives an option for each of its fields; `job` gives none.
    """
    hints: dict[str, Any] = {}
    for name, hint in parameters.items():
        if is_dataclass(hint) and name != "job":
            hints |= get_type_hints(hint)
        elif name not in ("job", "return"):
            hints[name] = hint
    return hints


def _output_paths(options: Mapping[str, Any], hints: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the path of every output: of each option whose type is `Output` or a list of it.

    options: option -> value. hints: option -> type.
    """
    for name, value in options.items():
        if hints[name] in (Output, list[Output]):
            yield from value if isinstance(value, list) else [value]


def _arguments(options: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments for the stage's function: parameter -> value.

    options: option -> value. The options that are fields of a dataclass are put into one object.
    """
    arguments = dict(options)
    for name, hint in parameters.items():
        if is_dataclass(hint) and name != "job":
            fields = {field: arguments.pop(field) for field in get_type_hints(hint)}
            arguments[name] = hint(**fields)  # type: ignore[operator]
    return arguments


def _parser(stage: Stage, hints: dict[str, Any]) -> argparse.ArgumentParser:
    """Return the parser of a stage's command.

    It has the options --spec and --code, and one for each of `hints` (option -> type), which are
    paths and lists of paths.
    """
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
    """Return the specification that the option --spec gives.

    text: the specification as JSON, or the path of a file that `maw.stages.shared.specify` wrote.
    InputError for a file that is missing, broken or without a specification.
    """
    if text.startswith("{"):
        content: dict[str, Any] = json.loads(text)
        return content
    content = files.read_json(Path(text))
    if not isinstance(content.get("spec"), dict):
        raise InputError(f"{text}: holds no specification; run snakemake, which writes it")
    return dict(content["spec"])


def _stop(number: int, frame: FrameType | None) -> None:
    """End the process by SystemExit when it gets a signal.

    The exception gives up locks and deletes temporary folders; the signal alone would not.
    """
    sys.exit(STOPPED + number)


def _fail(line: str) -> NoReturn:
    sys.stdout.flush()
    print(" ".join(line.split()), file=sys.stderr, flush=True)
    sys.exit(2)
