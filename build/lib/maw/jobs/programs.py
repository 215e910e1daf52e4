"""Programs of the user that a job runs: their command lines, what they print, their seconds.

A command line is a text that is split as a shell would split it, but no shell runs it: a pipe or a
`*` in it is an ordinary argument. `{name}` in an argument is a place that is filled in when the
program is run. The program runs in the folder in which the workflow was started.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from maw.errors import InputError, nearest
from maw.jobs.own_code import hash_of
from maw.jobs.provenance import DIGITS
from maw.settings.extensions import FILE

LOG = "MAW_LOG"  # the variable in which the workflow names the log of a job
PLACE = re.compile(r"\{([a-z_]+)\}")
PYTHON = ("python", "python3")  # in a command line, the Python that runs maw
ONE_THREAD = {  # as in maw's own jobs: two threads on a shared core change the last bits
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
}  # fmt: skip
UNHASHED = {"PYTHONHASHSEED": "0", "PYTHONUNBUFFERED": "1"}  # the same order of sets in each run


def arguments_of(line: str) -> list[str]:
    """Return the arguments of a command line. ValueError where it is empty or a quote is open."""
    try:
        arguments = shlex.split(line)
    except ValueError as error:
        raise ValueError(f"cannot be split into arguments ({error}); mend the quotes") from None
    if not arguments:
        raise ValueError("is empty; give a program and its arguments")
    return arguments


def places_of(line: str) -> list[str]:
    """Return the names of the places in a command line, such as `seed` for `{seed}`."""
    return [name for argument in arguments_of(line) for name in PLACE.findall(argument)]


def require_places(line: str, *, needed: Collection[str], known: Collection[str]) -> None:
    """Raise ValueError for a place of a command line that is not known, or that is missing."""
    places = places_of(line)
    for name in places:
        if name not in known:
            raise ValueError(f"unknown place {{{name}}}{nearest(name, known)}")
    for name in needed:
        if name not in places:
            raise ValueError(f"has no {{{name}}}; add it where the program expects it")


def filled(line: str, places: Mapping[str, object]) -> list[str]:
    """Return the arguments of a command line with its places filled.

    `python` as the first argument becomes the Python that runs maw.
    """
    program, *arguments = (
        PLACE.sub(lambda place: str(places[place[1]]), argument) for argument in arguments_of(line)
    )
    return [sys.executable if program in PYTHON else program, *arguments]


def run_program(arguments: Sequence[str], *, place: str) -> float | None:
    """Run a program to its end and return its processor seconds; it prints where maw prints.

    They are those of all its processes; None on Windows, where Python does not know them. Its
    memory is not known: Linux counts that of maw, which started it, as its own.
    place: who wants it and what for, for messages. InputError for a program that cannot be started,
    and for one that fails, with its exit code, its last line of errors, and its log.
    """
    environment = {**UNHASHED, **os.environ, **ONE_THREAD}
    before = _children_seconds()
    sys.stdout.flush()
    try:
        process = subprocess.Popen(
            arguments,
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # so that it can be ended with the processes that it starts
        )
    except OSError as error:
        raise InputError(
            f"{place}: cannot start {arguments[0]!r} ({error.strerror}); name a program that is "
            "installed, or the path of one"
        ) from None
    try:
        last = _passed_on(process)
        status = process.wait()
    finally:
        if process.poll() is None:  # this job is being stopped
            _end(process)
    if status:
        raise InputError(_failure(place, status, last))
    after = _children_seconds()
    return None if before is None or after is None else after - before


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a program, and the processes that it started."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _passed_on(process: "subprocess.Popen[bytes]") -> str:
    """Print what a program writes to its errors, as it comes; return the last line with text."""
    lines: deque[str] = deque(maxlen=1)
    assert process.stderr is not None  # it is a pipe
    for line in process.stderr:
        text = line.decode(errors="replace").rstrip()
        print(text, file=sys.stderr, flush=True)
        if text.strip():
            lines.append(text.strip())
    return lines[0] if lines else ""


def _failure(place: str, status: int, last: str) -> str:
    """Return the message about a program that failed. last: its last line of errors."""
    how = f"was ended by signal {-status}" if status < 0 else f"ended with exit code {status}"
    log = os.environ.get(LOG)
    where = f"its output is in {log}" if log else "its output is above"
    return f"{place}: the program {how}: {last or 'it wrote no error'}; {where}"


def _children_seconds() -> float | None:
    """Return the processor seconds of all programs that have ended; None on Windows."""
    times = os.times()
    return times.children_user + times.children_system if os.name == "posix" else None


def require_installed(lines: Sequence[str]) -> None:
    """Raise InputError for a command line whose program, or whose Python file, is not there."""
    for program, *arguments in map(arguments_of, lines):
        if program not in PYTHON and shutil.which(program) is None:
            raise InputError(f"{program}: no such program; install it, or mend the command line")
        for name in arguments:
            if name.endswith(FILE) and not PLACE.search(name) and not Path(name).is_file():
                raise InputError(f"{name}: no such file in {Path.cwd()}; mend the command line")


def files_in(lines: Sequence[str]) -> list[str]:
    """Return the arguments of command lines that are files below the current folder, each once."""
    names = dict.fromkeys(name for line in lines for name in arguments_of(line))
    return [name for name in names if not PLACE.search(name) and _is_own_file(Path(name))]


def _is_own_file(path: Path) -> bool:
    return path.is_file() and path.resolve().is_relative_to(Path.cwd())


def hashes_of(names: Sequence[str]) -> dict[str, str]:
    """Return the name of each file -> its hash; of Python, comments and docstrings do not count.

    Modules that a Python file imports from elsewhere do not count either. InputError for a file
    that is missing.
    """
    return {name: _hash_of(name) for name in names}


def _hash_of(name: str) -> str:
    if not Path(name).is_file():
        raise InputError(f"files: {name}: no such file in {Path.cwd()}; mend the name")
    if name.endswith(FILE):
        try:
            return hash_of(name)
        except SyntaxError:  # of another Python than this one: its bytes count
            pass
    return sha256(Path(name).read_bytes()).hexdigest()[:DIGITS]
