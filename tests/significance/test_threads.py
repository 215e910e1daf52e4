"""Results do not depend on the number of threads that multiply the matrices."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

PROGRAM = """
import json, numpy as np
from maw.significance import (
    CalibratedClaim, CalibratedContrast, CalibrationSettings, bootstrap_mean, calibrate, max_t,
    sign_flip
)
d = np.random.default_rng(0).integers(-20, 25, (400, 30)) / 100  # many ties
several, band = max_t(d, seed=1, resamples=4_000), bootstrap_mean(d, seed=1, resamples=2_000)
p = sign_flip(d[:, 0], seed=1, resamples=4_000).pvalue
tables = {"a": d[:, :4], "b": d[:, 4:9]}
plan = [CalibratedContrast("a", "b", "independent", level=0.05)]
settings = CalibrationSettings(draws=20, size_draws=99, resamples=199)
claims = [CalibratedClaim("a", "a", ("b",), level=0.05)]
calibration = calibrate(tables, plan, settings=settings, claims=claims)
rates = [rate.rate for rate in calibration.rates]
print(json.dumps([p, rates, several.pvalue.tolist(), several.adjusted.tolist(), band.low.tolist()]))
"""


def results_with(threads: int) -> list[Any]:
    environment = os.environ | {"OPENBLAS_NUM_THREADS": str(threads)}
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    results: list[Any] = json.loads(process.stdout)
    return results


def test_one_thread_and_two_give_the_same_p_values() -> None:
    one_thread, two_threads = results_with(1), results_with(2)
    assert one_thread[:4] == two_threads[:4]
    assert one_thread[4] == pytest.approx(two_threads[4], rel=1e-12)
