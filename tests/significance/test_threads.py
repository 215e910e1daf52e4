"""Results do not depend on the number of threads that multiply the matrices."""

import json
import os
import subprocess
import sys

import pytest

PROGRAM = """
import json, numpy as np
from maw.significance import (
    Planned, Settings, bootstrap_mean, calibrate, max_t, sign_flip
)
d = np.random.default_rng(0).integers(-20, 25, (400, 30)) / 100  # many ties
several, band = max_t(d, seed=1, resamples=4_000), bootstrap_mean(d, seed=1, resamples=2_000)
p = sign_flip(d[:, 0], seed=1, resamples=4_000).pvalue
tables = {"a": d[:, :4], "b": d[:, 4:9]}
drawn = calibrate(tables, [Planned("a", "b", ("a",))], settings=Settings(draws=20, resamples=199))
rates = [rate.rate for rate in drawn.rates]
print(json.dumps([p, rates, several.pvalue.tolist(), several.adjusted.tolist(), band.low.tolist()]))
"""


def run(threads: int) -> list:
    environment = os.environ | {"OPENBLAS_NUM_THREADS": str(threads)}
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(told.stdout)


def test_one_thread_and_two_give_the_same_p_values() -> None:
    one, two = run(1), run(2)
    assert one[:4] == two[:4]
    assert one[4] == pytest.approx(two[4], rel=1e-12)
