"""The table of runs names the clock that measured each of them."""

import pandas as pd

from maw.reporting.sections.runs import table
from tests.reporting.sections.test_price import on_gpu


def test_the_table_of_runs_names_the_clock() -> None:
    of_gpu = table(on_gpu(alone=True))
    assert of_gpu["Training, GPU s"].tolist() == ["6", "4"]
    assert of_gpu["Texts per GPU s"].tolist() == ["100", "400"]
    assert set(of_gpu["Training, CPU s"]) == set(of_gpu["Texts per CPU s"]) == {"–"}
    here = on_gpu(alone=False).assign(device="cpu", encode_device="cpu")
    of_cpu = table(here)
    assert of_cpu["Training, CPU s"].tolist() == ["1", "5"]
    assert not [column for column in of_cpu if "GPU" in column]


def test_what_a_run_has_not_is_a_dash() -> None:
    shown = table(pd.DataFrame({"dataset": ["toy"], "system": ["bm25"], "seed": [0]}))
    assert shown.loc[0, ["Dataset", "System", "Seed"]].tolist() == ["toy", "bm25", "0"]
    assert set(shown.loc[0, "Learning rate":]) == {"–"}
