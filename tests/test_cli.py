"""`maw --help` answers at once: no command imports anything heavy before it runs."""

import subprocess
import sys


def test_help_imports_nothing_heavy() -> None:
    heavy = ("torch", "transformers", "pandas", "numpy", "pydantic", "pyarrow", "scipy")
    told = f"import sys, maw.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
