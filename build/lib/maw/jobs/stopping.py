"""How a signal ends a process of maw: by an exception, so that what is half done is undone."""

import sys
from types import FrameType

STOPPED = 128  # exit code of a process that a signal stopped: this plus the signal's number


def stop(number: int, frame: FrameType | None) -> None:
    """End the process by SystemExit; a handler for `signal.signal`.

    The exception gives up locks and deletes temporary folders; the signal alone would not.
    """
    sys.exit(STOPPED + number)
