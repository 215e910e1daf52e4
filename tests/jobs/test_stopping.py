"""A signal ends a process by an exception, with the exit code that shells know."""

import signal

import pytest

from maw.jobs.stopping import stop


def test_a_stopped_process_tells_which_signal_it_was() -> None:
    with pytest.raises(SystemExit) as ended:
        stop(signal.SIGTERM, None)
    assert ended.value.code == 143
