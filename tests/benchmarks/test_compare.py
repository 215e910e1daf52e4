"""The contestants of the comparison benchmark compute the same numbers on a tiny task."""

from pathlib import Path

import compare
import pytest


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    compare.write_runs(folder, n_runs=3, n_topics=12, n_documents=15)
    return folder


def test_runs_are_whole_and_have_no_ties(folder: Path) -> None:
    for path in sorted(folder.glob("*.run")):
        lines = [line.split() for line in path.read_text().splitlines()]
        assert len(lines) == 12 * 15
        assert len({(topic, score) for topic, _, _, _, score, _ in lines}) == len(lines)


def test_maw_and_the_script_by_hand_agree(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hand = compare.by_hand(folder)
    mean_apart, p_apart = compare.apart(compare.by_maw(folder), hand)
    assert mean_apart < 1e-12
    assert p_apart < 1e-12
    assert "run000 (baseline)" in capsys.readouterr().out
    assert set(hand.p) == {"run001", "run002"}
    assert all(0 < p < 1 for p in hand.p.values())


def test_ranx_agrees_where_it_is_installed(folder: Path) -> None:
    pytest.importorskip("ranx")
    mean_apart, p_apart = compare.apart(compare.by_ranx(folder), compare.by_hand(folder))
    assert mean_apart < 1e-12
    assert p_apart < 1e-12


def test_a_contestant_runs_in_a_process_of_its_own(folder: Path) -> None:
    ended = compare.run_in_process(compare.BY_HAND, folder)
    hand = compare.by_hand(folder)
    assert ended.numbers == hand
    assert ended.seconds > 0
    assert ended.megabytes > 20
    row = compare.row_of("maw", [ended] * 3, n_runs=3, hand=hand)
    assert (row["runs"], row["largest_difference_of_a_mean"]) == (3, 0.0)
    assert compare.parsed([]).runs == [6, 60, 600]
