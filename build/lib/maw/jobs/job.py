"""Jobs: a job is one run of a stage of the workflow, with the files that it reads and writes.

A stage is a function that takes a `Job` and paths, and returns the line to print, or None. This
module makes a command from the function:

    def evaluate(job: Job, *, ranking: Path, scores: Output) -> None: ...

    if __name__ == "__main__":
        run(evaluate)

The command has the options `--spec JSON --code HASH --ranking FILE --scores FILE`. For a parameter
that is a dataclass of paths, it has an option for each field of the dataclass.
"""

import errno
import signal
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, get_type_hints

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.errors import InputError
from maw.jobs import files, manifest
from maw.jobs.command_line import Output as Output  # stages import it from here
from maw.jobs.command_line import Stage as Stage
from maw.jobs.command_line import (
    option_hints,
    output_paths,
    parser_of,
    specification_of,
    stage_arguments,
)
from maw.jobs.content_hash import DamagedFileError
from maw.jobs.pending import PendingFile
from maw.jobs.provenance import stamp
from maw.jobs.stopping import stop


@dataclass
class Job:
    """One run of a stage. Through this object the stage reads its inputs and writes its outputs.

    Every parquet, JSON and safetensors file that is written gets a stamp (stage, spec, code and
    reads) and the hash of its content, which is compared when the file is read. stage: name of the
    stage. spec: everything in the suite that the result depends on. code: hash of the code.
    outputs: path -> output that is not finished. reads: digests of the files that were read so far.
    """

    stage: str
    spec: dict[str, Any]
    code: str
    outputs: dict[Path, PendingFile] = field(default_factory=dict)
    reads: set[str] = field(default_factory=set)

    def read_parquet(
        self, path: Path, columns: Sequence[str] | None = None, *, only: bool = False
    ) -> pd.DataFrame:
        """Return the table in a parquet file of an earlier stage.

        columns: names of columns that the file must have. only: True reads these columns alone,
        False all columns. InputError for a file that is missing, damaged or not stamped, or that
        lacks one of the columns.
        """
        frame, stamp = files.read_stamped(path, columns, only=only)
        self.reads.add(files.require_stamp(path, stamp)["digest"])
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
        stamp = files.require_stamp(path, content.get("stamp"))
        if follow:
            self.reads.add(stamp["digest"])
        return content

    def read_tensors(self, path: Path) -> dict[str, Any]:
        """Return name -> torch tensor of a safetensors file that an earlier stage wrote.

        InputError when the file is missing or damaged.
        """
        from maw.jobs.torch_files import read_tensors  # torch, which other jobs do not need

        tensors, stamp = read_tensors(path)
        self.reads.add(files.require_stamp(path, stamp)["digest"])
        return tensors

    def read_plain(self, path: Path) -> str:
        """Return the text of a file without a stamp, such as SVG, that an earlier stage wrote.

        InputError where it is missing, or is not what its folder's manifest says.
        """
        return manifest.read_listed(path).decode()

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
        self._write(path, files.parquet_bytes(frame, self.stamp()))

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
        self._write(path, files.json_bytes(content, self.stamp()))

    def write_tensors(self, path: Output, tensors: dict[str, Any]) -> None:
        """Write torch tensors (name -> tensor) as a safetensors file with the job's stamp."""
        from maw.jobs.torch_files import tensor_blocks

        self._write(path, tensor_blocks(tensors, self.stamp()))

    def write_bytes(self, path: Output, content: bytes) -> None:
        """Write a file of a kind that holds no stamp and no hash, such as CSV or SVG.

        Its hash is put into the manifest of its folder. The file is at its final path only when all
        is written.
        """
        self._write(path, content)
        manifest.enter(path.parent, {path.name: manifest.digest_of(content)})

    def _write(self, path: Output, content: bytes | Iterable[bytes]) -> None:
        self.outputs[path].fill(content)
        self.finish(path)

    def keep(self, path: Path, parts: Iterable[Mapping[str, Any]]) -> None:
        """Write the state of a long job, so that a new start after a stop can go on from it.

        path: the file of the state. parts: dicts of name -> array.
        """
        PendingFile(path).write(files.array_blocks(parts, self.stamp(), folder=path.parent))

    def kept(self, path: Path) -> list[dict[str, Any]] | None:
        """Return the state that `keep` wrote: its parts (name -> array).

        None where there is no state, it is damaged, or it is from a job with another spec, other
        code or other files read.
        """
        if not path.exists():
            return None
        try:
            return files.map_arrays(path) if files.read_stamp(path) == self.stamp() else None
        except DamagedFileError as error:
            print(f"{path}: {error.reason}; this job starts from the beginning", flush=True)
            return None

    def stamp(self) -> dict[str, Any]:
        """Return the stamp for this job's outputs; it is complete once all files have been read."""
        return stamp(self.stage, spec=self.spec, code=self.code, reads=self.reads)


def run(stage: Stage, arguments: Sequence[str] | None = None) -> None:
    """Run a stage from the command line and print the line that it returns, with the seconds.

    arguments: the command's arguments; None for those of this process. A mistake that the user can
    mend, or a lack of memory, disk space or permission, is one line on stderr and exit code 2.
    """
    parameters = get_type_hints(stage)
    hints = option_hints(parameters)
    options = vars(parser_of(stage, hints).parse_args(arguments))
    started = time.monotonic()
    signal.signal(signal.SIGTERM, stop)
    job = Job(stage.__name__, {}, options.pop("code"))
    try:
        job.spec = specification_of(options.pop("spec"))
        for path in output_paths(options, hints):  # one by one, so that a failure releases all
            job.outputs[path] = PendingFile(path)
        line = stage(job, **stage_arguments(options, parameters))
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


def _fail(line: str) -> NoReturn:
    sys.stdout.flush()
    print(" ".join(line.split()), file=sys.stderr, flush=True)
    sys.exit(2)
