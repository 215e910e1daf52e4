"""Every command of docs/own_runs.md runs, on files of the names that the page gives."""

import json
import re
import shlex
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from maw.runs.file_formats import format_names
from maw.runs.measure_names import measure_name
from maw.verdicts.required import ACCEPTED
from tests.commands.test_compare import FILES, readme, write_run
from tests.docs.test_links import ROOT

TEXT = (ROOT / "docs/own_runs.md").read_text(encoding="utf-8")
COMMANDS = "".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)).splitlines()
OF_README = readme("sh").strip()
N_TOPICS = 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the page's files: runs, seeds, qrels, clusters and scores."""
    folder = tmp_path_factory.mktemp("own_runs")
    write_run(folder / "bm25.run", lift=0.3, seed=1)
    write_run(folder / "splade.run", lift=2.0, seed=2)
    write_run(folder / "release.run", lift=0.5, seed=3)
    write_run(folder / "branch.run", lift=2.0, seed=4)
    for name in ("bm25", "splade"):
        write_json(folder / f"{name}.run", folder / f"{name}.json")
    for seed in (42, 43, 44):
        write_run(folder / "runs" / f"colbert-s{seed}.run", lift=1.5, seed=seed)
    topics = [str(topic) for topic in range(1, N_TOPICS + 1)]
    rows = [f"{q} 0 d{d} 1" for q in range(1, N_TOPICS + 1) for d in range(q % 3 + 1)]
    (folder / "qrels.txt").write_text("\n".join(rows) + "\n")
    clusters = [f"{topic},c{row // 2}" for row, topic in enumerate(topics)]
    (folder / "clusters.csv").write_text("\n".join(["topic,cluster", *clusters]) + "\n")
    scores = np.random.default_rng(0).uniform(size=(N_TOPICS, 2))
    matrix = pd.DataFrame(scores, columns=["bm25", "splade"], index=pd.Index(topics, name="topic"))
    matrix.to_csv(folder / "scores.csv")
    hits = pd.DataFrame({"small": scores[:, 0] > 0.5, "large": scores[:, 1] > 0.3}, matrix.index)
    hits.astype(int).to_csv(folder / "accuracy.csv")
    texts = [f"{topic}\ttext of topic {topic}" for topic in topics]
    (folder / "topics.tsv").write_text("\n".join(texts) + "\n")
    return folder


def write_json(run: Path, path: Path) -> None:
    """Write a TREC run as an object topic -> document -> score."""
    topics: dict[str, dict[str, float]] = {}
    for line in run.read_text().splitlines():
        topic, _, document, _, score, _ = line.split()
        topics.setdefault(topic, {})[document] = float(score)
    path.write_text(json.dumps(topics))


def spread(word: str) -> list[str]:
    """Return the files that a word with a star means to a shell, else the word itself."""
    return sorted(map(str, Path().glob(word))) if "*" in word else [word]


@pytest.fixture
def printed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, maw: Callable[..., Any]
) -> Callable[[str], str]:
    """Return a function that runs a command of the page, with its stars spread, in the folder."""
    monkeypatch.chdir(folder)

    def run(command: str) -> str:
        assert command in COMMANDS
        program, *words = shlex.split(command)
        assert program == "maw"
        done = maw(*chain.from_iterable(map(spread, words)))
        assert done.exit_code == 0
        return str(done.output)

    return run


def of(words: str) -> str:
    """Return the page's only command that has these words."""
    (command,) = (line for line in COMMANDS if words in line)
    return command


def test_the_first_command_and_the_plan_are_those_of_the_readme() -> None:
    # tests/commands/test_compare.py runs it, and looks at all that it prints and writes
    assert COMMANDS[0] == OF_README
    assert f"```yaml\n{readme('yaml')}```" in TEXT


def test_a_table_of_scores_needs_no_qrels(printed: Callable[[str], str]) -> None:
    assert f"AP on topics: {N_TOPICS} topics" in printed(of("scores.csv"))


def test_seeds_are_found_by_a_pattern(printed: Callable[[str], str]) -> None:
    output = printed(of("--seed-pattern"))
    assert "About the training procedure, over new topics and new seeds" in " ".join(output.split())


def test_clusters_are_counted(printed: Callable[[str], str]) -> None:
    assert f"{N_TOPICS} topics in {N_TOPICS // 2} clusters" in printed(of("--clusters"))


def test_the_command_of_a_pipeline_writes_what_the_next_step_reads(
    printed: Callable[[str], str], folder: Path
) -> None:
    output = printed(of("--require"))
    assert "is not worse than release by 0.01 or more." in output
    content = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    assert f"`{content['schema']}`" in TEXT
    assert [contrast["word"] for contrast in content["contrasts"]] == ["non-inferior"]
    assert (folder / "summary.md").read_text(encoding="utf-8").startswith("## Yes, on ")


def test_the_step_on_github_is_the_command_with_the_summary_of_the_job() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    (block,) = (text for text in blocks if "run:" in text)
    step, upload = yaml.safe_load(block)
    of_github = of("--require").replace("summary.md", "$GITHUB_STEP_SUMMARY")
    assert shlex.split(step["run"]) == shlex.split(of_github)
    assert upload["with"]["path"] in of_github


def test_the_chances_of_false_alarms_are_those_of_twenty_looks() -> None:
    assert f"1 − 0.95²⁰ = {100 * (1 - 0.95**20):.0f} %" in TEXT
    assert f"1 − 0.975²⁰ = {100 * (1 - 0.975**20):.0f} %" in TEXT
    assert f"--alpha {0.05 / 20:g}`" in TEXT


def test_the_table_of_requirements_has_the_words_that_are_accepted() -> None:
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (\*.*?) \|", TEXT, re.MULTILINE))
    assert set(rows) == set(ACCEPTED)
    listed = {name: set(re.findall(r"\*(.+?)\*", text)) for name, text in rows.items()}
    assert listed["better"] == set(ACCEPTED["better"])
    assert listed["equivalent"] == set(ACCEPTED["equivalent"])
    assert listed["no-worse"] | listed["better"] == set(ACCEPTED["no-worse"])


def test_a_named_format_is_read_as_the_run_is(printed: Callable[[str], str]) -> None:
    output = printed(of("--format beir"))
    assert re.search(r"^splade +0\.\d+ ", output, flags=re.MULTILINE)
    assert "bm25 (baseline)" in output


def test_the_page_lists_every_format_by_its_name() -> None:
    rows = TEXT.partition("| `--format` | written by")[2].partition("\n\n")[0].splitlines()[2:]
    listed = [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(listed) == [name.rpartition(".")[2] for name in format_names()]


def test_the_page_spells_measures_as_they_are_understood() -> None:
    (line,) = (line for line in TEXT.splitlines() if line.startswith("A measure may be spelled"))
    pairs = re.findall(r"((?:`[^`]+`(?:, | and )?)+) (?:is|are) ([\w@]+)", line)
    found = {name: {measure_name(s) for s in re.findall("`([^`]+)`", text)} for text, name in pairs}
    assert found == {name: {name} for name in ("nDCG@10", "AP", "RR", "P@10")}


def test_topics_that_turn_are_named_and_their_texts_are_read(
    printed: Callable[[str], str],
) -> None:
    output = printed(of("--topics"))
    assert "\nHits (a relevant document in the first 10): splade against bm25: " in output


def test_many_systems_without_a_plan_have_tiers(printed: Callable[[str], str]) -> None:
    output = printed(of("release.run bm25.run"))
    assert re.search(r"^Tiers, the highest mean first: \w+ a, .* Of all 6 pairs, ", output, re.M)


def test_scores_of_0_and_1_have_the_tests_of_paired_proportions(
    printed: Callable[[str], str],
) -> None:
    output = printed(of("accuracy.csv"))
    assert "exact_match on topics: 20 topics" in output
    assert "McNemar’s exact test: p " in output
    assert "The plan’s test decides, and not these." in output


def test_runs_are_scored_alone(printed: Callable[[str], str], folder: Path) -> None:
    output = printed(of("maw score"))
    assert ": 20 topics\n" in output
    (line,) = re.findall(r"^splade +0\.\d{4} +0\.\d{4}", output, re.MULTILINE)
    written = pd.read_csv(folder / "topics.csv")
    means = written[written["system"] == "splade"].groupby("measure")["value"].mean()
    assert line.split()[1:] == [f"{means[name]:.4f}" for name in ("nDCG@10", "AP")]


def test_two_comparisons_stand_side_by_side(printed: Callable[[str], str], folder: Path) -> None:
    for words in ("--out before/", "--out after/"):
        printed(of(words))
    output = printed(of("maw diff"))
    assert "analysis.contrasts  " in output  # the baseline is another run
    (splade,) = re.findall(r"^.* splade .* 20 of 20 .*$", output, re.MULTILINE)
    assert "+0.0000" in splade
    content = json.loads((folder / "diff.json").read_text())
    assert content["same"] is False
    assert {row["system"] for row in content["scores"]} == {"bm25", "release", "splade"}


def test_the_plan_is_entered_and_used_as_the_test_of_the_readme_does() -> None:
    # test_the_readmes_commands_do_what_it_says runs both, with the folder `planned`
    assert of("maw plan") == "maw plan plan.yaml --out report/"
    runs = OF_README.partition(" --sesoi")[0]
    assert of("--plan plan.yaml") == f"{runs} --plan plan.yaml --out report/"


def test_the_page_lists_every_file_that_is_written() -> None:
    listed = set(re.findall(r"`([\w.]+\.\w+)`", TEXT.partition("## The files")[2]))
    assert listed == {name for name in FILES if not name.endswith(".parquet")}
    assert {name for name in FILES if name.endswith(".parquet")} == {
        name.replace(".csv", ".parquet") for name in listed if name.endswith(".csv")
    }


def test_every_command_of_the_page_is_run_here_or_is_the_readmes() -> None:
    here = (
        *("scores.csv", "--seed-pattern", "--clusters", "--require", "--format beir"),
        *("--topics", "release.run bm25.run", "accuracy.csv", "maw score"),
        *("--out before/", "--out after/", "maw diff"),
    )
    run = {of(words) for words in here}
    assert set(COMMANDS) == {*run, of("maw plan"), of("--plan plan.yaml"), OF_README}
