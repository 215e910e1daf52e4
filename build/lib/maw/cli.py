"""The command `maw`, for people; the workflow calls `python -m maw.stages.<stage>` instead.

The modules of the commands import large packages, such as torch and pandas, only when a command
runs, so that `maw --help` answers at once.
"""

import os
import sys
from io import TextIOWrapper
from typing import Any

import typer

from maw.commands.calibrate import calibrate
from maw.commands.check import check
from maw.commands.compare import compare
from maw.commands.diff import diff
from maw.commands.estimate import estimate
from maw.commands.export import export
from maw.commands.inspect import inspect
from maw.commands.plan import plan
from maw.commands.score import score
from maw.commands.search import search
from maw.commands.shapes import shapes
from maw.commands.theory import theory
from maw.commands.verdicts import verdicts
from maw.commands.verify import verify
from maw.errors import InputError, without_extra

# typer may bring its own copy of click, whose class this is; it does not export it
USAGE_ERROR: Any = typer.BadParameter.__bases__[0]
EXIT_MISTAKE, EXIT_INTERRUPTED = 2, 130  # as argparse, and as a shell after Ctrl-C
COMMANDS = (
    verdicts,
    verify,
    check,
    compare,
    score,
    diff,
    plan,
    calibrate,
    inspect,
    search,
    export,
    estimate,
    shapes,
    theory,
)

app = typer.Typer(
    name="maw",
    help="Did a change of the transformer make it rank better? Train, score, compare, reproduce.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """Run the command line `maw` and end the process.

    A mistake that the user can mend is one line on stderr and exit code 2.
    """
    # the matrix products of the statistics are small: two threads take several times the processor
    # seconds of one. numpy reads this when it is first imported, as Snakemake sets it for its jobs
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        # a pipe of Windows has a code page without signs such as the minus of a difference
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], standalone_mode=False))
    except InputError as error:
        message = str(error)
    except USAGE_ERROR as error:
        message = f"{error.format_message().rstrip('.')}; see `maw --help`"
    except ModuleNotFoundError as error:
        message = str(without_extra(error))
    except typer.Abort:
        sys.exit(EXIT_INTERRUPTED)
    print(f"maw: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(EXIT_MISTAKE)


if __name__ == "__main__":
    main()
