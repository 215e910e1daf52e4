"""What a picture's axes are of."""

import pandas as pd
import pytest

from maw.reporting.figures import cost

BOARD = pd.DataFrame(
    {"dataset": "toy", "system": ["plain", "bm25"], "measure": "nDCG@10", "mean": [0.5, 0.4]}
)
RUN = {"dataset": "toy", "system": "plain", "seed": 1, "encode_texts_per_second": 90.0}
THERE = {
    "device": "cuda", "encode_device": "Some GPU", "encode_texts_per_gpu_second_alone": 300.0
}  # fmt: skip


@pytest.mark.parametrize(
    ("run", "field", "clock"),
    [
        ({**RUN, "encode_device": "cpu"}, "encode_texts_per_second", "CPU"),
        ({**RUN, **THERE}, "encode_texts_per_gpu_second_alone", "GPU"),
    ],
)
def test_the_price_of_encoding_is_by_the_clock_of_its_device(
    run: dict, field: str, clock: str
) -> None:
    runs = pd.DataFrame([run, {"dataset": "toy", "system": "bm25", "seed": 0}])
    chart = cost({"leaderboard": BOARD, "runs": runs}, primary="nDCG@10", sesoi=None)
    x = chart.to_dict()["encoding"]["x"]
    assert x["field"] == field
    assert x["title"] == f"texts per {clock} second through the top"
    assert chart.data["system"].tolist() == ["plain"]
