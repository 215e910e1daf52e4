"""The pieces of the growth benchmark; no real time is tested."""

from collections.abc import Iterator
from pathlib import Path

import growth
import pandas as pd
import pytest
from growth_parts import PARTS, TINY, Part, Sizes, Work

BASE = {"documents": Sizes(documents=1)}
COSTS = {"linear": 1.0, "quadratic": 2.0, "flat": 0.0}  # name of a part -> exponent of its growth


def nothing(sizes: Sizes, folder: Path) -> Work:
    """A part that does nothing."""
    return lambda: None


def fifty_megabytes(sizes: Sizes, folder: Path) -> Work:
    """A part that holds 50 MB for each document."""
    return lambda: bytearray(50 * 2**20 * sizes.documents) if sizes != TINY else None


def failing(sizes: Sizes, folder: Path) -> Work:
    """A part that fails on all but tiny sizes."""
    return lambda: None if sizes == TINY else 1 / 0


@pytest.fixture
def made_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each measurement of a part named in COSTS grows with its exponent; nothing is run."""

    def measure(part: Part, sizes: Sizes) -> growth.Cost:
        cost = float(sizes.documents) ** COSTS[part.name]
        return growth.Cost(cost, 10 * cost)

    monkeypatch.setattr(growth, "measure", measure)
    monkeypatch.setattr(growth, "warm_up", lambda parts: None)
    monkeypatch.setattr(growth, "PARTS", tuple(Part(name, nothing, BASE) for name in COSTS))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_each_part_does_its_work_on_tiny_inputs(part: Part, tmp_path: Path) -> None:
    assert part.bases
    for dimension, base in part.bases.items():
        assert getattr(base, dimension) > 0
    part.prepare(TINY, tmp_path)()


def test_one_size_is_multiplied_and_the_others_stay() -> None:
    assert Sizes(1, 2, 3, 4).times(4, "queries") == Sizes(1, 8, 3, 4)


def test_the_exponent_is_that_of_the_power() -> None:
    assert growth.exponent(3.0, 3.0) == 0
    assert growth.exponent(1.5, 6.0) == pytest.approx(1)
    assert growth.exponent(1.0, 16.0) == pytest.approx(2)


def test_the_verdict_has_a_margin_for_noise_and_none_on_small_peaks() -> None:
    assert growth.verdict(1.1) == growth.LINEAR
    assert growth.verdict(1.11) == growth.WORSE
    case = growth.Case(Part("small", nothing, BASE), "documents")
    for factor in growth.FACTORS:  # quadratic in memory, but below the floor
        case.costs[factor].append(growth.Cost(1.0, 0.2 * factor**2))
    assert list(map(growth.verdict, case.exponents)) == [growth.LINEAR, growth.UNJUDGED]
    assert not case.is_worse


def test_what_is_above_the_bar_is_measured_again(made_costs: None) -> None:
    cases = [growth.Case(Part(name, nothing, BASE), "documents") for name in COSTS]
    growth.run(cases, rounds=2)
    n_measured = {case.part.name: len(case.costs[4]) for case in cases}
    assert n_measured == {"linear": 2, "quadratic": 2 * (1 + growth.AGAIN), "flat": 2}


def test_noise_alone_is_not_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds: Iterator[float] = iter([1.0, 2.0, 9.0, *[1.0, 2.0, 4.0] * growth.AGAIN])
    monkeypatch.setattr(growth, "measure", lambda part, sizes: growth.Cost(next(seconds), 1.0))
    case = growth.Case(Part("noisy", nothing, BASE), "documents")
    growth.run([case], rounds=1)
    assert case.medians("seconds") == {1: 1.0, 2: 2.0, 4: 4.0}
    assert not case.is_worse


def test_a_measurement_is_made_in_a_process_of_its_own() -> None:
    part = Part("fifty", fifty_megabytes, BASE)
    peaks = [growth.measure(part, Sizes(documents=n)).megabytes for n in (1, 4)]
    assert peaks == [pytest.approx(50, abs=10), pytest.approx(200, abs=10)]


def test_a_failure_in_that_process_is_told() -> None:
    with pytest.raises(RuntimeError, match=r"broken: the process failed at Sizes\(documents=1"):
        growth.measure(Part("broken", failing, BASE), Sizes(documents=1))


def test_the_script_writes_its_files_and_fails_where_growth_is_worse(
    made_costs: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    growth.main(["--rounds", "1", "--parts", "linear", "flat", "--out", str(tmp_path)])
    assert "0 of 2 worse than linear" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        growth.main(["--rounds", "1", "--larger", "3", "--out", str(tmp_path)])
    assert ended.value.code == 1
    rows = pd.read_csv(tmp_path / "growth.csv")
    assert rows["size"].tolist() == [3, 6, 12] * 3
    exponents = rows.groupby("part")[["time_exponent", "memory_exponent"]].first()
    for name, exponent in COSTS.items():
        assert exponents.loc[name].tolist() == pytest.approx([exponent] * 2, abs=1e-3)
    assert (rows.loc[rows["part"] == "quadratic", "time_verdict"] == growth.WORSE).all()
    assert (tmp_path / "growth.svg").read_text().startswith("<svg")
    assert (tmp_path / "growth.png").stat().st_size > 0


def test_without_the_peak_of_a_process_it_ends_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(growth, "RESET_PEAK", tmp_path / "absent")
    with pytest.raises(SystemExit):
        growth.main([])
    assert "absent: no such file; run this on Linux" in capsys.readouterr().err
