"""What a suite will take, from counts and rates alone: by hand, quickly, without torch."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from maw.errors import InputError
from maw.jobs.estimate import estimate, read_rates
from maw.settings.read import read_suite
from maw.significance.power import minimum_detectable_effect

CONFIGS = Path(__file__).parents[2] / "workflow/config"
RATES = read_rates(None)


@pytest.fixture(autouse=True)
def nothing_prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_benchmarks_are_seventy_thirty_and_each_corpus_is_downloaded_once() -> None:
    found = estimate(read_suite(CONFIGS / "benchmarks.yaml"), RATES)
    topics = {one.dataset: one.test_topics for one in found.datasets}
    # 30 % of 43, of 6980, of fiqa's 5500 + 500 + 648
    assert (topics["dl19"], topics["msmarco_dev_small"], topics["fiqa"]) == (13, 2094, 1994)
    assert found.download_gb == pytest.approx(1.08 + 21.77 + 0.498 + 0.142 + 0.018 + 0.003)
    assert {one.runs for one in found.datasets} == {2 + 3 * 5}
    assert found.not_known == ()


def test_the_least_difference_is_the_t_tests_at_the_familys_level() -> None:
    suite = read_suite(CONFIGS / "benchmarks.yaml")
    dl19 = next(one for one in estimate(suite, RATES).datasets if one.dataset == "dl19")
    expected = minimum_detectable_effect(
        RATES["difference_sd"] / 13**0.5, df=12, alpha=0.05 / (2 * 10)
    )
    assert dl19.mde == pytest.approx(expected)
    assert dl19.mde > suite.analysis.sesoi


def test_transferred_models_cost_no_training_and_all_topics_are_tested() -> None:
    found = estimate(read_suite(CONFIGS / "transfer.yaml"), RATES)
    by_name = {one.dataset: one for one in found.datasets}
    assert (by_name["dl19"].test_topics, by_name["fiqa"].test_topics) == (43, 648)
    # by hand: trunk once, and the layers on top for one untrained and 3 x 5 trained runs
    texts, scale = 5183 + 300, 128 / RATES["tokens"]
    seconds = texts * scale / RATES["trunk_texts_per_second"]
    seconds += 16 * texts * scale / RATES["top_texts_per_second"]
    assert by_name["scifact"].core_hours == pytest.approx(seconds / 3600)


def test_what_is_not_published_is_said_to_be_unknown_until_it_is_counted(tmp_path: Path) -> None:
    suite = read_suite(CONFIGS / "smoke.yaml")
    assert estimate(suite, RATES).not_known == ("tiny",)
    about = tmp_path / suite.root / "data/tiny/dataset.json"
    about.parent.mkdir(parents=True)
    about.write_text('{"counts": {"documents": 120, "test_judged": 36}}')
    (one,) = estimate(suite, RATES).datasets
    assert (one.documents, one.test_topics, one.counted) == (120, 36, True)


def test_rates_are_ones_own_and_a_wrong_name_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rates.yaml"
    path.write_text(yaml.safe_dump({"gpu_speedup": 50}))
    assert read_rates(path) == {**RATES, "gpu_speedup": 50}
    path.write_text("gpu_speedupp: 50")
    with pytest.raises(InputError, match="'gpu_speedupp' is no rate; known: tokens"):
        read_rates(path)


def test_the_command_never_imports_torch_or_ir_datasets() -> None:
    code = (
        "import sys; from pathlib import Path; from maw.commands.estimate import estimate;"
        f"estimate(Path({str(CONFIGS / 'benchmarks.yaml')!r}), None);"
        "sys.exit(bool({'torch', 'ir_datasets'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "downloads: 23.5 GB" in done.stdout
