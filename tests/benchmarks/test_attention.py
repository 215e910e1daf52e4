"""The benchmark runs on tiny shapes; its floors are the specification's. No time is tested."""

from pathlib import Path

import attention
import pandas as pd
import pytest
import torch
from attention_forms import AGAIN, Setting, forms
from attention_goals import floor, memory_goal, time_goal
from tensor_memory import peak_bytes

TINY = ["--hidden", "64", "--lengths", "12", "--depths", "3", "--minutes", "0", "--fewest", "2"]
CPU = attention.Machine("cpu", "float32", 1)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Both modes on one tiny shape."""
    found: list[dict[str, object]] = []
    for mode in ("inference", "training"):
        setting = Setting(64, 12, 3, mode)
        measured = attention.measure(setting, CPU, seconds=0, fewest=2)
        found += attention.rows(setting, CPU, measured)
    return pd.DataFrame(found)


def test_every_form_runs_as_often_as_asked(table: pd.DataFrame) -> None:
    by_mode = {mode: set(rows["form"]) for mode, rows in table.groupby("mode")}
    both = {"sdpa", AGAIN, "uniform", "stat", "literal", "diagonal", "low_rank"}
    both |= {"multi_query", "grouped_query", "linear"}
    assert by_mode["inference"] == both | {"lazy", "pooled"}
    assert by_mode["training"] == both | {"policy_gradient", "exact", "two_depths"}
    assert (table["runs"] >= 2).all()
    assert (table["min_ms"] > 0).all()


def test_no_form_does_fewer_products_than_its_floor(table: pd.DataFrame) -> None:
    inference = table[table["mode"] == "inference"].set_index("form")
    assert (
        inference["flops_ratio"] > inference["floor"] - 0.06
    ).all()  # the literal mix is no product
    for form in ("uniform", "multi_query", "grouped_query"):
        assert inference.loc[form, "flops_ratio"] == pytest.approx(inference.loc[form, "floor"])


def test_the_baseline_again_is_the_baseline(table: pd.DataFrame) -> None:
    again = table[table["form"] == AGAIN]
    assert (again["flops_ratio"] == 1).all()
    assert (again["peak_ratio"] == 1).all()


@pytest.mark.parametrize("mode", ["inference", "training"])
def test_forms_of_the_chosen_depth_give_one_output(mode: str) -> None:
    x = torch.randn(8, 12, 64, generator=torch.Generator().manual_seed(0))
    found = {form.name: form.call(x) for form in forms(Setting(64, 12, 3, mode))}
    same = {"lazy", "pooled", "policy_gradient", "exact", "two_depths"} & found.keys()
    for name in same:
        torch.testing.assert_close(found[name], found["literal"], rtol=0, atol=1e-4)
    assert len(same) in (2, 3)


@pytest.mark.parametrize(
    ("form", "L", "D", "known"),
    [  # the specification's floors at hidden size 384
        ("exact", 128, 8, 2.33),
        ("exact", 512, 8, 2.63),
        ("exact", 128, 32, 6.9),
        ("uniform", 128, 8, 5.0),
        ("stat", 512, 8, 5.9),
        ("lazy", 128, 8, 1.0),
    ],
)
def test_floors_are_those_of_the_specification(form: str, L: int, D: int, known: float) -> None:
    assert floor(form, Setting(384, L, D, "training")) == pytest.approx(known, abs=0.05)


def test_a_goal_is_met_up_to_its_bar() -> None:
    setting = Setting(384, 128, 8, "inference")
    assert time_goal("lazy", setting) == 1.05
    assert memory_goal("lazy", setting) == 1.0
    measured = [
        attention.Measured("sdpa", [1.0, 2.0], 100, 10, 0.0),
        attention.Measured("lazy", [1.05, 3.0], 101, 10, 0.0),
        attention.Measured("pooled", [6.1, 6.2], 300, 50, 0.0),
    ]
    rows = list(attention.rows(setting, CPU, measured))
    assert [row["met"] for row in rows] == [None, "yes", "no"]
    assert [row["peak_met"] for row in rows] == [None, "no", None]
    other = attention.Machine("cpu", "bfloat16", 1)  # the goals are about float32
    assert [row["goal"] for row in attention.rows(setting, other, measured)] == [None] * 3


def test_peak_memory_is_what_lives_at_once() -> None:
    kept = torch.ones(1000)

    def run() -> None:
        for _ in range(3):
            made = torch.ones(1000)  # 4,000 bytes, and as many for the sum
            made = made + kept
        del made

    assert peak_bytes(run) == 8_000  # a sum lives on beside what the next round begins with


def test_the_script_writes_table_and_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    threads = torch.get_num_threads()
    attention.main([*TINY, "--out", str(tmp_path), "--dtype", "bfloat16"])
    torch.set_num_threads(threads)
    path = tmp_path / "attention-cpu-bfloat16"
    table = pd.read_csv(path.with_suffix(".csv"))
    assert (table["difference"] < 0.05).all()
    assert (table["difference"] > 0).all()
    lines = path.with_suffix(".md").read_text().splitlines()
    assert len(lines) == 4 + len(table)
    assert path.with_suffix(".svg").stat().st_size > 0
    assert path.with_suffix(".png").stat().st_size > 0
    assert "left out" in capsys.readouterr().out
