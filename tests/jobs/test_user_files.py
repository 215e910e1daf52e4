"""The hash of a user's file is that of its bytes, also after a change within one process."""

from hashlib import sha256
from pathlib import Path

import pytest

from maw.errors import InputError
from maw.jobs.user_files import sha256_of


def test_a_changed_file_has_another_hash_in_the_same_process(tmp_path: Path) -> None:
    path = tmp_path / "mine.run"
    for content in (b"q1 Q0 d1 1 0.5 mine\n", b"q1 Q0 d1 1 0.25 mine\n"):
        path.write_bytes(content)
        assert sha256_of(path) == sha256(content).hexdigest()


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone: cannot be read \(No such file or directory\)"):
        sha256_of(tmp_path / "gone")
