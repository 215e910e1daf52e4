"""Each kind of file of the results carries a stamp."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from maw.errors import InputError
from maw.jobs import files

FRAME = pd.DataFrame({"query_id": ["a", "b"], "value": [0.1, 1 / 3]})


def test_files_jobs_and_devices_are_imported_without_modules_of_posix() -> None:
    code = (
        "import sys; sys.modules['fcntl'] = sys.modules['resource'] = None;"
        "import maw.jobs.pending, maw.jobs.job; from maw.jobs import device;"
        "print(device.peak_bytes())"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("None\n", "")


FOREIGN = {
    "a parquet file of pandas": ("x.parquet", FRAME.to_parquet(), "carries no hash"),
    "a JSON file of somebody": ("x.json", b'{"stamp": {}}', "carries no hash"),
    "no stamp in JSON": ("x.json", files.json_bytes({}), "carries no stamp of maw"),
    "no tensors": ("x.safetensors", b"hello", "carries no hash"),
    "another kind of file": ("x.csv", b"a,b", "carries no hash"),
}


@pytest.mark.parametrize(("name", "content", "message"), FOREIGN.values(), ids=FOREIGN.keys())
def test_a_file_of_another_program_is_named_with_the_mend(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=rf"{name}: .*{message}.*; the next snakemake"):
        files.read_stamp(tmp_path / name)
