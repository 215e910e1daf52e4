"""Systems that are programs, from a collection to the report: seeds, search, failures."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from maw.jobs.files import read_json
from tests.workflow.checkout import ROOT, Checkout, fresh

pytestmark = pytest.mark.slow  # a suite of its own

CONFIG = "workflow/config/programs.yaml"
RESULTS = "results/suites/programs"
# It counts the words in common, each as much as its learning rate says, and mixes in its seed.
TOLD = """
import json, sys
from pathlib import Path

def texts(path):
    rows = map(json.loads, Path(path).read_text().splitlines())
    return {row["_id"]: set(row["text"].lower().split()) for row in rows}

stage, *paths = sys.argv[1:]
if stage == "train":
    data, model, seed, rate = paths
    assert len(texts(f"{data}/queries.jsonl")) > 20
    Path(model, "told.json").write_text(json.dumps([int(seed), float(rate)]))
else:
    data, model, queries, out = paths
    seed, rate = json.loads(Path(model, "told.json").read_text())
    documents = texts(f"{data}/corpus.jsonl")
    with open(out, "w") as run:
        for query, asked in texts(queries).items():
            for n, (doc, words) in enumerate(documents.items()):
                score = len(asked & words) ** rate + (n * seed % 7) / 50
                run.write(f"{query} Q0 {doc} 0 {score} told\\n")
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a checkout whose suite has 120 documents, two seeds, LSA and a program with a rate."""
    checkout = fresh(tmp_path_factory.mktemp("programs") / "checkout")
    shutil.copytree(ROOT / "examples", checkout.folder / "examples")
    (checkout.folder / "told.py").write_text(TOLD)
    path = checkout.folder / CONFIG
    suite = yaml.safe_load(path.read_text())
    loader = {"kind": "pydocs", "documents": 120, "packages": ["numpy"]}
    split = {"train": 0.5, "dev": 0.2, "test": 0.3}
    suite["datasets"] = {"tiny": {"loader": loader, "split": split}}
    suite["systems"] = {
        "bm25": {"kind": "bm25"},
        "lsa": suite["systems"]["lsa"],
        "told": {
            "kind": "command",
            "train": "python told.py train {data} {model} {seed} {learning_rate}",
            "rank": "python told.py rank {data} {model} {queries} {out}",
        },
    }
    suite["selection"] = {"learning_rates": [0.5, 1.0, 2.0], "max_extensions": 0}
    suite["seeds"] = [42, 43]
    suite["analysis"]["contrasts"] = [{"system": "lsa", "baseline": "told"}]
    path.write_text(yaml.safe_dump(suite))
    return checkout


def test_programs_are_searched_trained_ranked_and_reported(small: Checkout) -> None:
    ran = small.ran("--configfile", CONFIG)
    assert {name: ran.get(name, 0) for name in ("trial", "grid", "select", "make_run")} == {
        "trial": 1, "grid": 1, "select": 2, "make_run": 4
    }  # fmt: skip
    assert not {"encode", "price", "time_frozen"} & set(ran)
    results = small.folder / RESULTS
    search = pd.read_parquet(results / "summary/search.parquet")
    assert set(search["system"]) == {"told"}
    assert len(search) == 3
    runs = pd.read_parquet(results / "summary/runs.parquet").set_index(["system", "seed"])
    assert pd.isna(runs.loc[("lsa", 42), "learning_rate"])
    assert runs.loc[("told", 42), "learning_rate"] in (0.5, 1.0, 2.0)
    costs = pd.read_parquet(results / "summary/costs.parquet").set_index(["system", "seed"])
    assert (costs.loc["lsa", "train_cpu_seconds"] > 0).all()
    lsa = [results / f"runs/tiny/lsa/seed{seed}" for seed in (42, 43)]
    scores = [pd.read_parquet(folder / "scores.parquet")["value"].tolist() for folder in lsa]
    assert scores[0] != scores[1]  # each seed is a training of its own
    assert read_json(lsa[0] / "run.json")["dev"] > 0.3
    claims = pd.read_parquet(results / "summary/claims.parquet")
    assert len(claims) == 1
    page = (results / "report/index.html").read_text()
    assert "lsa" in page
    assert "MiniLM" not in page  # nothing of the backbone was trained or read
    assert small.planned("--configfile", CONFIG) == {}


def test_a_changed_program_trains_again_and_a_comment_nothing(small: Checkout) -> None:
    small.snakemake("--configfile", CONFIG)
    small.edit("examples/lsa.py", "# [N, V]", "# above 0, [N, V]")
    assert small.planned("--configfile", CONFIG) == {}
    small.edit("examples/lsa.py", "min(100,", "min(50,")
    output = small.snakemake("--dry-run", "--configfile", CONFIG)
    assert re.findall(r"Job \d+: train (\w+) seed", output) == ["lsa"] * 2
    small.edit("examples/lsa.py", "min(50,", "min(100,")


def test_a_program_that_fails_is_one_line_that_names_its_log(small: Checkout) -> None:
    small.edit("told.py", "import json, sys", "import json, sys\nraise ValueError('no luck')")
    target = f"{RESULTS}/runs/tiny/told/trials.json"
    output = small.snakemake(target, "--configfile", CONFIG, fails=True)
    log = f"{RESULTS}/logs/trial/tiny/told.log"
    line = "the program ended with exit code 1: ValueError: no luck; its output is in "
    assert "maw trial: told: train `python told.py train" in output
    assert line + log in output
    assert (small.folder / log).read_text().count("ValueError: no luck") >= 2
    small.edit("told.py", "\nraise ValueError('no luck')", "")


def test_a_missing_program_is_one_line_before_anything_runs(small: Checkout) -> None:
    Path(small.folder / "told.py").rename(small.folder / "away.py")
    for output in (
        small.maw("check", CONFIG, fails=True),
        small.snakemake("--dry-run", "--configfile", CONFIG, fails=True),
    ):
        assert "systems.told: told.py: no such file in " in output
        assert "Traceback" not in output
    Path(small.folder / "away.py").rename(small.folder / "told.py")


def test_the_model_of_a_program_is_kept_as_safetensors(small: Checkout) -> None:
    small.snakemake("--configfile", CONFIG)
    from safetensors.numpy import load_file

    path = small.folder / RESULTS / "runs/tiny/told/seed43/model.safetensors"
    assert json.loads(load_file(path)["told.json"].tobytes())[0] == 43
