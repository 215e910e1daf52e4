"""Every command and every configuration of docs/own_data.md and docs/own_model.md runs."""

import json
import random
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
import yaml

from maw.settings.read import parse_suite
from tests.workflow.checkout import ROOT, Checkout

pytestmark = pytest.mark.slow  # two suites with a real backbone

PAGES = ("own_data", "own_model")
OWN, MINE = "workflow/config/own.yaml", "workflow/config/my_attention.yaml"
PROGRAMS = "workflow/config/programs.yaml"
WORDS = [
    "wing", "flow", "heat", "shock", "drag", "lift", "plate", "layer", "speed", "jet", "nozzle",
]  # fmt: skip


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / f"docs/{page}.md").read_text()
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands(page: str) -> list[str]:
    return [line for block in blocks(page, "sh") for line in block.splitlines() if line]


def shell(command: str, checkout: Checkout) -> str:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=checkout.folder,
        env=checkout.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-6000:]}"
    return done.stdout


def collection(folder: Path) -> None:
    """Write thirty queries of two words, each with one document that has both words."""
    draw = random.Random(0)
    pairs = draw.sample([(a, b) for n, a in enumerate(WORDS) for b in WORDS[n + 1 :]], 30)
    (folder / "qrels").mkdir(parents=True)
    lines: dict[str, list[str]] = {"corpus": [], "queries": []}
    for n, (a, b) in enumerate(pairs):
        text = f"A study of {a} and {b}, with {a} measured before {b}."
        lines["corpus"].append(json.dumps({"_id": f"d{n}", "title": "", "text": text}))
        lines["queries"].append(json.dumps({"_id": f"q{n}", "text": f"how does {a} act on {b}"}))
    for name, content in lines.items():
        (folder / f"{name}.jsonl").write_text("\n".join(content) + "\n")
    judged = "".join(f"q{n}\td{n}\t1\n" for n in range(30))
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged)


def copied(folder: Path) -> Checkout:
    """Copy the code, without any result."""
    unwanted = shutil.ignore_patterns("__pycache__")
    for name in ("maw", "workflow", "profiles", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=unwanted)
    shutil.copy(ROOT / "Snakefile", folder / "Snakefile")
    return Checkout(folder)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a checkout with both pages' configurations, with fewer steps, seeds and texts.

    The paths are those of the pages; the encoder's folder is the packaged MiniLM.
    """
    checkout = copied(tmp_path_factory.mktemp("own") / "checkout")
    collection(checkout.folder / "path/to/your/collection")
    (folder,) = blocks("own_model", "yaml")[:1]
    (checkout.folder / "path/to/your/encoder").symlink_to(packaged())
    path = checkout.folder / OWN
    short = yaml.safe_load(path.read_text())
    short |= {
        "training": {"steps": 2, "batch_size": 4},
        "seeds": [42, 43],
        **yaml.safe_load(folder),
    }
    short["calibration"] = {"draws": 0}
    path.write_text(yaml.safe_dump(short))
    path = checkout.folder / PROGRAMS
    short = yaml.safe_load(path.read_text())
    short["datasets"]["pydocs"]["loader"] |= {"documents": 120, "packages": ["numpy"]}
    path.write_text(yaml.safe_dump({**short, "seeds": [42, 43]}))
    path = checkout.folder / MINE
    short = yaml.safe_load(path.read_text())
    loader = {"kind": "pydocs", "documents": 120, "packages": ["numpy"]}
    split = {"train": 0.5, "dev": 0.2, "test": 0.3}
    short["datasets"]["pydocs"] = {"loader": loader, "split": split}
    short |= {"training": {"steps": 2, "batch_size": 4}, "seeds": [42, 43]}
    path.write_text(yaml.safe_dump(short))
    return checkout


def packaged() -> Path:
    from maw.models.encoders.packaged import packaged_folder

    return packaged_folder("minilm")


def test_the_commands_on_own_data_do_what_they_say(small: Checkout) -> None:
    output = [shell(command, small) for command in commands("own_data")]
    results = small.folder / "results/suites/own"
    assert "results in results/suites/own" in output[0]
    # nine queries with one relevant document each and two seeds cannot control an error rate
    assert re.search(r"Not judged, on mine: .*maw_grpo", output[2])
    assert all("Nothing to be done" in done for done in output[3:])  # the suite has made them
    page = (results / "report/index.html").read_text()
    assert "BEIR folder collection" in page
    description = json.loads((results / "data/mine/dataset.json").read_text())
    assert description["counts"]["documents"] == 30
    assert (results / "data/mine/trunk.safetensors").is_file()


def test_an_id_of_ir_datasets_is_prepared_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tests.standins as standins

    checkout, home = copied(tmp_path / "checkout"), tmp_path / "irds"
    standins.beir(home, "scifact", {"train": range(30), "test": range(30, 50)})
    monkeypatch.setenv("IR_DATASETS_HOME", str(home))
    (piece,) = [block for block in blocks("own_data", "yaml") if "scifact" in block]
    configuration = {**yaml.safe_load((ROOT / OWN).read_text()), **yaml.safe_load(piece)}
    configuration["datasets"]["scifact"]["loader"]["verify"] = (
        False  # a small file in the set's place
    )
    (checkout.folder / OWN).write_text(yaml.safe_dump(configuration))
    target = "results/suites/own/data/scifact/dataset.json"
    (command,) = [line for line in commands("own_data") if "dataset.json" in line]
    shell(command.replace("/mine/", "/scifact/"), checkout)
    about = json.loads((checkout.folder / target).read_text())
    assert about["counts"]["queries"] == 50
    assert "beir/scifact/test, beir/scifact/train" in about["source"]


def test_a_large_collection_is_ranked_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tests.standins as standins

    checkout, home = copied(tmp_path / "checkout"), tmp_path / "irds"
    standins.msmarco_v1(home, small=range(50), deep={})
    monkeypatch.setenv("IR_DATASETS_HOME", str(home))
    (piece,) = [block for block in blocks("own_data", "yaml") if "msmarco" in block]
    configuration = {**yaml.safe_load((ROOT / OWN).read_text()), **yaml.safe_load(piece)}
    configuration["datasets"]["msmarco"]["loader"]["verify"] = (
        False  # a small file in the set's place
    )
    (checkout.folder / OWN).write_text(yaml.safe_dump(configuration))
    planned = checkout.planned("--configfile", OWN)
    assert (planned["prepare"], planned["encode"], planned["stream"]) == (1, 1, 1)


def test_the_commands_on_own_models_train_judge_and_show_the_example(small: Checkout) -> None:
    assert commands("own_model")[0] in commands("own_data")  # with the folder of an encoder
    output = {command: shell(command, small) for command in commands("own_model")[1:]}

    def said(program: str) -> str:
        """Return what the one command on the example that begins so has printed."""
        (text,) = [o for c, o in output.items() if c.startswith(program) and "my_attention" in c]
        return text

    assert "results in results/suites/my_attention" in said("maw check")
    assert "Not judged, on pydocs: mine has 2 seeds; 3 are needed." in said("maw verdicts")
    results = small.folder / "results/suites/my_attention"
    assert "attention examples/my_attention.py" in (results / "report/index.html").read_text()
    ranked = [
        pd.read_parquet(results / f"runs/pydocs/{system}/seed42/ranking.parquet")
        for system in ("mine", "non_maw")
    ]
    assert not ranked[0].equals(ranked[1])
    assert "numpy" in said("maw search")
    assert "exported/mine: mine seed 42" in said("maw export")


def test_editing_the_example_trains_it_alone_again_and_a_comment_nothing(small: Checkout) -> None:
    commands_of = "--configfile", MINE
    small.snakemake(*commands_of)
    example = "examples/my_attention.py"
    small.edit(example, "()  # [B, L, H]", "()  # above 0, [B, L, H]")
    assert small.planned(*commands_of) == {}
    small.edit(example, "gate = 2 *", "gate = 2.0 *")
    output = small.snakemake("--dry-run", *commands_of)
    again = re.findall(r"Job \d+: (?:train|search the hyper-parameters of) (\w+)", output)
    assert again == ["mine"] * 3


def test_a_model_with_code_in_a_file_is_used_only_beside_its_configuration(
    small: Checkout,
) -> None:
    small.snakemake("--configfile", MINE)
    run = "results/suites/my_attention/runs/pydocs/mine/seed42"
    output = shell(f"maw search --run {run} 'sort an array' -k 2 || true", small)
    assert "run.json: asks for the code in 'examples/my_attention.py'" in output
    assert "Traceback" not in output
    assert "numpy" in shell(f"maw search --run {run} --config {MINE} 'sort an array' -k 2", small)


@pytest.mark.parametrize(
    ("page", "piece"), [(page, piece) for page in PAGES for piece in blocks(page, "yaml")]
)
def test_every_piece_of_configuration_is_valid(
    page: str, piece: str, small: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small.folder)
    configuration = {**yaml.safe_load((ROOT / OWN).read_text()), **yaml.safe_load(piece)}
    if systems := list(yaml.safe_load(piece).get("systems", ())):
        contrast = {"system": systems[-1], "baseline": systems[0]}
        configuration["analysis"]["contrasts"] = [contrast] if len(systems) > 1 else []
        configuration["analysis"].pop("controls")  # which name systems of the whole file
    assert parse_suite(configuration, source=page).suite == "own"
