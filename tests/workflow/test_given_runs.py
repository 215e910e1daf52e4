"""A suite in which nothing is trained: every command of docs/given_runs.md, to the page."""

import random
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.given_suite import LINE
from tests.workflow.checkout import ROOT, Checkout, fresh
from tests.workflow.test_own_pages import collection, shell

pytestmark = pytest.mark.slow

TEXT = (ROOT / "docs/given_runs.md").read_text(encoding="utf-8")
COMMANDS = "".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)).splitlines()
CONFIGURATION = "workflow/config/given_runs.yaml"
RUNS = "path/to/your/runs"
SEEDS = (42, 43, 44)


def write_run(path: Path, *, seed: int, lift: float) -> None:
    """Write a run of all queries; the higher the lift, the higher stands the relevant document."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draw = random.Random(seed)
    lines = []
    for query in range(30):
        scores = {d: draw.gauss(lift * (d == query), 1) for d in range(30)}
        best_first = sorted(scores, key=lambda d: -scores[d])
        lines += [
            LINE.format(query=f"q{query}", document=f"d{d}", rank=rank, score=scores[d])
            for rank, d in enumerate(best_first, start=1)
        ]
    path.write_text("".join(lines))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a checkout with the page's collection and runs; no experiment is simulated."""
    checkout = fresh(tmp_path_factory.mktemp("given") / "checkout")
    collection(checkout.folder / "path/to/your/collection")
    write_run(checkout.folder / RUNS / "published.run", seed=1, lift=2.0)
    for seed in SEEDS:
        write_run(checkout.folder / RUNS / f"splade/seed{seed}.run", seed=seed, lift=1.0)
    checkout.edit(CONFIGURATION, "seeds: [", "calibration: {draws: 0}\nseeds: [")
    return checkout


@pytest.fixture(scope="module")
def output(checkout: Checkout) -> list[str]:
    """Return what each command of the page prints, the suite's run among them."""
    return [shell(command, checkout) for command in COMMANDS]


def test_the_systems_of_the_page_are_those_of_the_configuration(checkout: Checkout) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    shown, whole = (yaml.safe_load(text) for text in (block, (ROOT / CONFIGURATION).read_text()))
    shown["systems"]["splade"]["path"] += "/seed{seed}"  # a folder stands for this
    assert shown["systems"] == whole["systems"]
    assert list(whole["seeds"]) == list(SEEDS)


def test_the_commands_of_the_page_judge_the_runs(checkout: Checkout, output: list[str]) -> None:
    assert "5 runs, results in results/suites/given_runs/" in output[0]
    assert output[2].startswith("No, on mine: splade loses to bm25")
    results = checkout.folder / "results/suites/given_runs"
    rows = pd.read_parquet(results / "summary/comparisons.parquet")
    claim = rows[rows["role"].eq("confirmatory") & rows["measure"].eq("nDCG@10")].iloc[0]
    assert (claim["estimand"], claim["seeds"]) == ("E2", "independent")
    assert (claim["n_seeds"], claim["n_seeds_baseline"], claim["n_queries"]) == (3, 1, 30)
    page = (results / "report/index.html").read_text()
    assert "The runs of published and splade were made elsewhere" in page
    runs = pd.read_parquet(results / "summary/costs.parquet").set_index("system")
    assert runs["rank_cpu_seconds"].notna().to_dict()["bm25"]
    assert runs.loc["splade", "rank_cpu_seconds"].isna().all()
    pictures = sorted(path.name for path in (results / "figures").glob("*.png"))
    assert {"forest.png", "leaderboard.png", "cost.png", "moved.png"} <= set(pictures)


def test_a_run_that_is_exported_again_is_read_again_alone(
    checkout: Checkout, output: list[str]
) -> None:
    assert checkout.planned("--configfile", CONFIGURATION) == {}
    write_run(checkout.folder / RUNS / "splade/seed43.run", seed=143, lift=1.0)
    planned = checkout.planned("--configfile", CONFIGURATION)
    assert {rule: planned[rule] for rule in ("receive", "rank", "evaluate", "collect")} == {
        **dict.fromkeys(("receive", "rank", "evaluate", "collect"), 1)
    }
    assert "prepare" not in planned


def test_a_missing_run_ends_the_workflow_with_one_line(
    checkout: Checkout, output: list[str]
) -> None:
    path = checkout.folder / RUNS / "splade/seed44.run"
    content = path.read_text()
    path.unlink()
    told = checkout.snakemake("--configfile", CONFIGURATION, fails=True)
    path.write_text(content)
    message = "maw: systems.splade.path: path/to/your/runs/splade/seed44: no such run; "
    assert message in told
    assert "Traceback" not in told


def test_a_run_of_another_collection_is_named_in_the_log(
    checkout: Checkout, output: list[str]
) -> None:
    path = checkout.folder / RUNS / "published.run"
    path.write_text(path.read_text().replace(" d7 ", " z7 "))
    told = checkout.snakemake("--configfile", CONFIGURATION, fails=True)
    assert "published.run: query 'q0' has document 'z7', which is not in the collection of" in told
