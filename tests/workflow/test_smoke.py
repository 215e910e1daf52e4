"""What the workflow promises, checked on the smoke suite."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest

from maw.stages.shared.searches import SEARCHED, SELECTED
from maw.verdicts.across_datasets import DATASETS
from maw.verdicts.decide import COLUMNS
from maw.verdicts.per_seed import SEEDS
from maw.verdicts.prospects import COMPONENTS, PROSPECTS
from maw.verdicts.routing import ROUTING
from maw.verdicts.study_controls import CONTROLS
from tests.workflow.checkout import SMOKE, Checkout, jobs_in

RANKING = f"{SMOKE}/runs/tiny/maw_grpo/seed43/ranking.parquet"
SCORES = f"{SMOKE}/runs/tiny/maw_grpo/seed43/scores.parquet"
FIGURE = f"{SMOKE}/figures/forest.png"
# Files that two equal runs need not have in common: seconds, dates, and what shows them.
COSTS = re.compile(
    r"^logs/|(^|/)costs?\.(json|parquet|csv|svg|png)$|(^|/)plan\.json$|^report/index\.html$"
    r"|^(figures|tables|report)/manifest\.json$"
)
GRPO = "maw/training/objectives/grpo.py"


def test_every_promised_file_is_there_with_its_columns(smoke: Checkout) -> None:
    expected = {
        "data/tiny/documents": ["doc_id", "text"],
        "data/tiny/queries": ["query_id", "text", "cluster"],
        "data/tiny/qrels": ["query_id", "doc_id", "relevance"],
        "data/tiny/split": ["query_id", "split"],
        "runs/tiny/maw_grpo/seed42/ranking": ["query_id", "doc_id", "score"],
        "summary/components": COMPONENTS,
        "summary/prospects": PROSPECTS,
        "summary/datasets": DATASETS,
        "summary/seeds": SEEDS,
        "summary/comparisons": COLUMNS,
        "summary/controls": CONTROLS,
        "summary/routing": ROUTING,
        "runs/tiny/maw_grpo/policy": ["seed", "side", "quantity", "value"],
        "runs/tiny/maw_grpo/seed42/rankings_by_depth": ["query_id", "depth", "doc_id", "score"],
        "runs/tiny/maw_grpo/by_depth": ["seed", "query_id", "depth", "value"],
        "summary/search": SEARCHED,
        "summary/selection": SELECTED,
        "summary/scores": ["dataset", "system", "seed", "query_id", "measure", "value"],
    }
    for name, columns in expected.items():
        frame = pd.read_parquet(smoke.results / f"{name}.parquet")
        assert list(frame.columns) == columns
        assert len(frame) > 0
    for name in ("selection.json", "seed42/run.json", "seed42/model.safetensors"):
        assert (smoke.results / "runs/tiny/non_maw" / name).stat().st_size > 0
    assert (smoke.results / "report/index.html").stat().st_size > 10_000


def test_each_router_is_looked_at_with_each_seed_and_on_each_side(smoke: Checkout) -> None:
    table = pd.read_parquet(smoke.results / "summary/routing.parquet")
    named = table[["system", "seed", "side"]].drop_duplicates()
    sides = ("document", "query", "training", "weights")
    assert list(named.itertuples(index=False, name=None)) == [
        (system, seed, side)
        for system in ("maw_supervised", "maw_grpo")
        for seed in (42, 43)
        for side in sides
    ]
    assert (smoke.results / "tables/routing.csv").stat().st_size > 0
    page = (smoke.results / "report/index.html").read_text(encoding="utf-8")
    assert "What the routers did on tiny" in page
    by_depth = pd.read_parquet(smoke.results / "runs/tiny/maw_grpo/by_depth.parquet")
    run = smoke.results / "runs/tiny/maw_grpo/seed43"
    depths, scores = (pd.read_parquet(run / f"{name}.parquet") for name in ("depths", "scores"))
    chosen = depths.merge(by_depth[by_depth["seed"] == 43], on=["query_id", "depth"])
    primary = scores[scores["measure"] == "nDCG@10"].set_index("query_id")["value"]
    pd.testing.assert_series_equal(
        chosen.set_index("query_id")["value"].loc[primary.index], primary
    )


def test_a_second_call_does_nothing(smoke: Checkout) -> None:
    assert "Nothing to be done" in smoke.snakemake("--dry-run")
    # the device is part of no job's specification
    assert smoke.planned("--config", "device=auto") == {}


def test_a_smoke_run_touches_no_other_suite(smoke: Checkout) -> None:
    visible = [path.name for path in (smoke.folder / "results").glob("[!.]*")]
    assert sorted(visible) == ["index.html", "manifest.json", "suites"]
    assert [path.name for path in (smoke.folder / "results/suites").iterdir()] == ["smoke"]


@pytest.mark.slow
def test_one_lost_ranking_is_re_made_alone_without_training(
    disturbed: Checkout, smoke: Checkout
) -> None:
    before = (disturbed.folder / SCORES).read_bytes()
    (disturbed.folder / RANKING).unlink()
    model = (disturbed.folder / RANKING).with_name("model.safetensors")
    model_before = model.read_bytes()
    assert disturbed.ran(RANKING) == {"make_run": 1, "total": 1}
    assert (disturbed.folder / RANKING).exists()
    log = disturbed.results / "logs/make_run/tiny/maw_grpo/seed43.log"
    assert "run.json, model.safetensors, cost.json, versions.json kept" in log.read_text()
    assert model.read_bytes() == model_before
    jobs = disturbed.ran()
    assert jobs["collect"] == jobs["report"] == 1
    assert not jobs.keys() & {"prepare", "encode", "trial", "select", "make_run"}
    assert (disturbed.folder / SCORES).read_bytes() == before
    assert disturbed.planned() == {}
    assert {path for path in differing(disturbed, smoke) if not COSTS.search(path)} == set()


def differing(first: Checkout, second: Checkout) -> set[str]:
    """Return the files of results that the two checkouts do not both have with the same bytes."""
    contents: list[dict[str, bytes]] = [
        {
            str(path.relative_to(checkout.results)): path.read_bytes()
            for path in checkout.results.rglob("[!.]*")
            if path.is_file()
        }
        for checkout in (first, second)
    ]
    names = contents[0].keys() | contents[1].keys()
    return {name for name in names if contents[0].get(name) != contents[1].get(name)}


def test_the_same_seed_twice_gives_the_same_bytes_whatever_the_cores(
    disturbed: Checkout, smoke: Checkout
) -> None:
    run = disturbed.folder / SCORES
    shutil.rmtree(run.parent)
    disturbed.snakemake(SCORES, "--cores", "1")
    assert {path for path in differing(disturbed, smoke) if not COSTS.search(path)} == set()


def test_editing_a_docstring_or_a_comment_re_runs_nothing(disturbed: Checkout) -> None:
    disturbed.edit(GRPO, '"""', '"""Edited. ')
    disturbed.edit("maw/training/loop.py", "\nimport ", "\n# a comment\nimport ")
    assert disturbed.planned() == {}


def test_editing_the_grpo_loss_re_trains_maw_grpo_only(disturbed: Checkout) -> None:
    path = disturbed.folder / GRPO
    path.write_text(f"{path.read_text()}\nEDITED = True\n")
    output = disturbed.snakemake("--dry-run")
    planned = jobs_in(output)
    assert (planned["trial"], planned["select"], planned["make_run"]) == (1, 1, 2)
    assert not planned.keys() & {"prepare", "encode", "describe"}
    trained = re.findall(r"Job \d+: (?:train|search a learning rate for) (\w+)", output)
    assert set(trained) == {"maw_grpo"}


@pytest.mark.slow
def test_a_margin_edited_after_the_scores_re_runs_what_reads_it_and_is_on_the_page_for_good(
    disturbed: Checkout,
) -> None:
    disturbed.edit("workflow/config/smoke.yaml", "sesoi: 0.02", "sesoi: 0.03")
    planned = disturbed.planned()
    assert {"study_controls", "compare", "record", "report"} <= planned.keys()
    assert not planned.keys() & {"prepare", "encode", "trial", "make_run", "rank", "evaluate"}
    record = disturbed.results / "plan.json"
    assert len(json.loads(record.read_text())["seen"]) == 2  # a dry run enters nothing
    disturbed.snakemake()
    page = (disturbed.results / "report/index.html").read_text(encoding="utf-8")
    warned = page[: page.index("<h2>")]
    assert "he plan CHANGED after scores existed: scores were first seen" in warned
    # entered at the start, and with its scores, which are the same look as before
    after = json.loads(record.read_text())
    assert (len(after["seen"]), len(after["looks"])) == (4, 1)
    assert disturbed.planned() == {}


def test_a_seed_added_later_trains_nothing_again(disturbed: Checkout) -> None:
    disturbed.edit("workflow/config/smoke.yaml", "seeds: [42, 43]", "seeds: [42, 43, 44]")
    output = disturbed.snakemake("--dry-run")
    planned = jobs_in(output)
    assert not planned.keys() & {"prepare", "encode", "trial", "select", "describe"}
    trained = re.findall(r"Job \d+: train (\w+) seed (\d+) on", output)
    assert len(trained) == planned["make_run"] > 0
    assert {seed for _, seed in trained} == {"44"}


@pytest.mark.parametrize("change", ["code", "specification"])
def test_files_of_other_code_or_specification_are_refused_when_snakemake_has_forgotten(
    disturbed: Checkout, change: str
) -> None:
    shutil.rmtree(disturbed.folder / ".snakemake")
    if change == "code":
        path = disturbed.folder / GRPO
        path.write_text(f"{path.read_text()}\nEDITED = True\n")
    else:
        disturbed.edit("workflow/config/smoke.yaml", "steps: 4", "steps: 5")
    output = disturbed.snakemake(fails=True)
    assert "made by other code or another specification" in output
    assert "delete" in output


def test_collect_itself_refuses_a_foreign_file(disturbed: Checkout) -> None:
    shutil.copy(
        disturbed.results / "runs/tiny/maw_grpo/seed42/scores.parquet", disturbed.folder / SCORES
    )
    (disturbed.folder / SCORES).touch()
    output = disturbed.snakemake(fails=True)
    assert "maw_grpo/seed43/scores.parquet: made by other code or another specification" in output


def test_an_edited_test_is_seen_although_snakemake_has_forgotten(disturbed: Checkout) -> None:
    shutil.rmtree(disturbed.folder / ".snakemake")
    assert disturbed.planned() == {}
    path = disturbed.folder / "maw/significance/crossed.py"
    path.write_text(f"{path.read_text()}\nEDITED = True\n")
    planned = disturbed.planned()
    assert planned["compare"] == planned["report"] == 1
    assert "collect" not in planned


@pytest.mark.slow
def test_a_damaged_file_is_named_by_verify_and_made_again_by_the_next_run(
    disturbed: Checkout,
) -> None:
    paths = [disturbed.folder / name for name in (SCORES, RANKING, FIGURE)]
    before = [path.read_bytes() for path in paths]
    assert "all as they were written" in disturbed.maw("verify", str(SMOKE))
    for path, content in zip(paths, before, strict=True):
        damage(path, content)
    output = disturbed.maw("verify", str(SMOKE), fails=True)
    mismatch = "damaged: its content does not match its hash"
    assert output.count(mismatch) == 3
    assert all(f"{name}: {mismatch}" in output for name in (SCORES, RANKING, FIGURE))
    assert disturbed.planned() == {}  # a dry run reads no content
    assert [path.read_bytes() for path in paths] != before
    output = disturbed.snakemake(RANKING, SCORES)  # the run anew, without a new training
    for name in (SCORES, RANKING, FIGURE):
        aside = f"set aside as .{Path(name).name}.damaged, and made again"
        assert f"maw: {name}: {mismatch}; {aside}" in output
    assert "Traceback" not in output
    assert [path.exists() for path in paths] == [True, True, False]
    planned = disturbed.planned()  # the figure is not forgotten, although nothing needs it
    assert planned["figures"] == 1
    assert not planned.keys() & {"prepare", "encode", "trial", "select", "train", "make_run"}
    assert [path.read_bytes() for path in paths[:2]] == before[:2]


def damage(path: Path, content: bytes) -> None:
    """Flip one bit in the middle of a file's content, and leave the file as old as it is."""
    before = path.stat()
    changed = bytearray(content)
    changed[len(content) // 2] ^= 1
    path.write_bytes(changed)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_wrong_configuration_is_one_line(disturbed: Checkout) -> None:
    disturbed.edit("workflow/config/smoke.yaml", "\nseeds:", "\nseds:")
    output = disturbed.snakemake("--dry-run", fails=True)
    assert "smoke.yaml.seds: unknown key; did you mean 'seeds'?" in output
    assert "Traceback" not in output


@pytest.mark.slow
def test_two_runs_at_once_are_refused_and_a_killed_run_is_finished_by_the_next(
    disturbed: Checkout,
) -> None:
    before = (disturbed.folder / SCORES).read_bytes()
    shutil.rmtree((disturbed.folder / SCORES).parent)
    part = (disturbed.folder / SCORES).with_name(".model.safetensors.part")
    first = subprocess.Popen(
        disturbed.command(SCORES),
        cwd=disturbed.folder,
        env=disturbed.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not part.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(first.pid, signal.SIGSTOP)  # it keeps its locks while the second run starts
    output = disturbed.snakemake(SCORES, fails=True)
    assert f"maw: {SMOKE}: another run is writing these results; wait for it or stop it" in output
    assert "Traceback" not in output
    os.killpg(first.pid, signal.SIGKILL)  # in the middle of training, jobs and all
    first.wait()
    assert part.exists()
    disturbed.snakemake(SCORES)
    assert (disturbed.folder / SCORES).read_bytes() == before
    assert not part.exists()


def test_half_written_files_of_a_killed_job_do_not_survive(smoke: Checkout) -> None:
    assert list(smoke.results.rglob(".*.part")) == []
