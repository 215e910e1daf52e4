"""Downloads, cost and detectable difference follow from counts and rates, without torch."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from scipy import stats

from maw.errors import InputError
from maw.jobs.estimate import estimate, read_rates
from maw.jobs.files import json_bytes
from maw.settings.read import read_suite

CONFIGS = Path(__file__).parents[2] / "workflow/config"
RATES = read_rates(None)
SUITE = read_suite(CONFIGS / "benchmarks.yaml")


@pytest.fixture(autouse=True)
def nothing_prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_benchmarks_are_seventy_thirty_and_each_corpus_is_downloaded_once() -> None:
    estimated = estimate(read_suite(CONFIGS / "benchmarks.yaml"), RATES)
    n_queries = {each.dataset: each.n_test_queries for each in estimated.datasets}
    # 30 % of 43, of 6980, of fiqa's 5500 + 500 + 648
    assert (n_queries["dl19"], n_queries["msmarco_dev_small"], n_queries["fiqa"]) == (
        13,
        2094,
        1994,
    )
    assert estimated.download_gb == pytest.approx(1.08 + 21.77 + 0.498 + 0.142 + 0.018 + 0.003)
    assert {each.n_runs for each in estimated.datasets} == {2 + 3 * 5}
    assert estimated.not_known == ()


def test_the_least_difference_is_the_t_tests_at_the_familys_level() -> None:
    suite = read_suite(CONFIGS / "benchmarks.yaml")
    dl19 = next(each for each in estimate(suite, RATES).datasets if each.dataset == "dl19")
    # t with 12 degrees of freedom, shifted so far, is above its critical value in 80 % of cases
    critical = float(stats.t.isf(0.05 / (2 * 10) / 2, 12))
    shift = dl19.mde / (RATES["difference_sd"] / 13**0.5)
    assert stats.nct.sf(critical, 12, shift) == pytest.approx(0.8, abs=1e-4)
    assert suite.analysis.sesoi is not None
    assert dl19.mde > suite.analysis.sesoi


def test_transferred_models_cost_no_training_and_all_topics_are_tested() -> None:
    estimated = estimate(read_suite(CONFIGS / "transfer.yaml"), RATES)
    by_name = {each.dataset: each for each in estimated.datasets}
    assert (by_name["dl19"].n_test_queries, by_name["fiqa"].n_test_queries) == (43, 648)
    # by hand: trunk once, and the layers on top for one untrained and 3 x 5 trained runs
    texts, scale = 5183 + 300, 128 / RATES["tokens"]
    seconds = texts * scale / RATES["trunk_texts_per_second"]
    seconds += 16 * texts * scale / RATES["top_texts_per_second"]
    assert by_name["scifact"].core_hours == pytest.approx(seconds / 3600)


def test_every_trial_of_the_search_is_counted_and_none_of_a_fixed_rate() -> None:
    hours = {}
    options = {name: {"training.warmup": (0.1, 0.2)} for name in SUITE.systems}
    for n_trials, change in (
        (3, {}),
        (6, {"options": options}),
        (0, {"learning_rates": (1e-3,)}),
    ):
        selection = SUITE.selection.model_copy(update=change)
        estimated = estimate(SUITE.model_copy(update={"selection": selection}), RATES)
        hours[n_trials] = estimated.core_hours
    assert hours[6] - hours[3] == pytest.approx(hours[3] - hours[0])
    # by hand: on each of the ten datasets, three trials of three systems of 200 steps
    scale = 128 / RATES["tokens"]
    seconds = 10 * 3 * 3 * 200 * 16 * scale * RATES["train_seconds_per_query"]
    assert hours[3] - hours[0] == pytest.approx(seconds / 3600)


def test_trainings_of_the_studys_controls_are_counted() -> None:
    controls = SUITE.analysis.controls
    bare = SUITE.analysis.model_copy(
        update={"controls": controls.model_copy(update={"negative": None, "budget": None})}
    )
    without = estimate(SUITE.model_copy(update={"analysis": bare}), RATES)
    # 30 % of scifact's 300 test and 809 train queries
    texts, scale = 5183 + 333, 128 / RATES["tokens"]
    added = {
        each.dataset: (each.core_hours or 0) - (less.core_hours or 0)
        for each, less in zip(estimate(SUITE, RATES).datasets, without.datasets, strict=True)
    }
    # by hand: five further seeds, and three systems with five seeds at twice the 200 steps
    trained = (5 + 15 * 2) * 200 * 16 * RATES["train_seconds_per_query"]
    seconds = scale * (trained + 20 * texts / RATES["top_texts_per_second"])
    assert added["scifact"] == pytest.approx(seconds / 3600)


def test_what_is_not_published_is_said_to_be_unknown_until_it_is_counted(tmp_path: Path) -> None:
    suite = read_suite(CONFIGS / "smoke.yaml")
    assert estimate(suite, RATES).not_known == ("tiny",)
    path = tmp_path / suite.root / "data/tiny/dataset.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(json_bytes({"counts": {"documents": 120, "test_judged": 36}}))
    (tiny,) = estimate(suite, RATES).datasets
    assert (tiny.n_documents, tiny.n_test_queries, tiny.is_counted) == (120, 36, True)


def test_disk_space_is_of_texts_index_and_hidden_states() -> None:
    sizes = {each.dataset: each for each in estimate(SUITE, RATES).datasets}
    # by hand: scifact has 5,183 documents of up to 128 tokens, whose hidden states are stored
    per_document = RATES["text_bytes_per_document"] + RATES["index_bytes_per_document"]
    per_document += 128 * RATES["trunk_bytes_per_token"]
    assert sizes["scifact"].gigabytes == pytest.approx(5183 * per_document / 1e9)
    # nq: hidden states are not stored, but 1,000 documents for each of 1,036 queries and 16 runs
    texts = 2681468 * (RATES["text_bytes_per_document"] + RATES["index_bytes_per_document"])
    retrieved = 16 * 1036 * 1000 * RATES["found_bytes"]
    assert sizes["nq"].n_test_queries == 1036
    assert sizes["nq"].gigabytes == pytest.approx((texts + retrieved) / 1e9)


def test_rates_are_ones_own_and_a_wrong_name_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rates.yaml"
    path.write_text(yaml.safe_dump({"gpu_speedup": 50}))
    assert read_rates(path) == {**RATES, "gpu_speedup": 50}
    path.write_text("gpu_speedupp: 50")
    with pytest.raises(InputError, match="'gpu_speedupp' is no rate; known: tokens"):
        read_rates(path)
    path.write_text("gpu_speedup: 50\ngpu_speedup: 5\n")
    with pytest.raises(InputError, match=r"rates\.yaml:2: key 'gpu_speedup' stands twice"):
        read_rates(path)
    path.write_text("- 50")
    with pytest.raises(InputError, match="expected a mapping of rates; known: tokens"):
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
