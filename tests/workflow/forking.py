"""A process that imports Snakemake and the libraries of its rules once, and forks for each call.

Run as a script, it reads one request a line: JSON with `arguments`, `folder`, `environment` and
`output`, the file that takes what the call prints. It answers each with a line, the exit status.
A call is what `python -m snakemake` runs in that folder and environment. The process itself imports
nothing of `maw`, so that each call imports the code of its own checkout.
"""

import atexit
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

LIBRARIES = (
    *("snakemake.cli", "snakemake.report", "smart_open", "yte", "filelock"),
    *("numpy", "pandas", "pyarrow.parquet", "pydantic", "scipy.stats", "yaml"),
)


def snakemake(
    arguments: list[str], *, folder: Path, environment: dict[str, str]
) -> tuple[int, str]:
    """Run Snakemake in a folder; return the exit status and what it prints to both streams."""
    server = started()
    assert server.stdin is not None
    assert server.stdout is not None
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as output:
        request = {
            "arguments": arguments,
            "folder": str(folder),
            "environment": environment,
            "output": output.name,
        }
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        return int(server.stdout.readline()), output.read()


@cache
def started() -> "subprocess.Popen[str]":
    """Start the process, which ends with this one."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    server = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    atexit.register(server.communicate)  # closes its input, and waits for it to end
    return server


def serve() -> None:
    """Answer requests until the input ends; in a forked child, return from here into the call."""
    for name in LIBRARIES:
        import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            call(request)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def call(request: dict[str, Any]) -> None:
    """Become `python -m snakemake` with the request's arguments, and exit as it does."""
    output = os.open(request["output"], os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(output, stream.fileno())
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    # `python -m` puts the folder first, then those of PYTHONPATH
    first = [request["folder"], *request["environment"]["PYTHONPATH"].split(os.pathsep)]
    sys.path[:] = dict.fromkeys([*first, *sys.path[1:]])
    sys.argv[1:] = request["arguments"]  # the rules look at it, too
    import_module("snakemake.cli").main()


if __name__ == "__main__":
    serve()
