"""A suite in TREC files: other tools compute our scores from it, and `maw compare` our verdicts."""

import errno
import gzip
import os
import shlex
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import pytrec_eval
import yaml
from typer.testing import CliRunner

import maw
from maw.cli import app
from maw.errors import InputError
from maw.jobs import manifest
from maw.jobs.files import json_bytes, parquet_bytes, read_json, read_stamp
from maw.jobs.pending import PendingFile
from maw.stages.finished.export_runs import QRELS, export_runs

Finish = Callable[..., Path]
PLAN = {
    "sesoi": 0.05,
    "contrasts": [
        {"system": "new", "baseline": "old"},
        {"system": "old", "baseline": "bm25", "role": "reference"},
    ],
}
SEEDS = {"bm25": [0], "old": [42, 43, 44, 45], "new": [42, 43, 44, 45]}
TREC = {"ndcg_cut_10": "nDCG@10", "recip_rank": "RR@1000", "map": "AP"}


@pytest.fixture
def results(finish: Finish) -> Path:
    return finish(PLAN, seeds=SEEDS)


def compared(command: str) -> pd.DataFrame:
    """Return the comparisons of the printed command, from the same arguments in Python."""
    words = shlex.split(command)[2:]
    first = next(place for place, word in enumerate(words) if word.startswith("--"))
    options = dict(zip(words[first::2], words[first + 1 :: 2], strict=True))
    comparison = maw.compare(
        words[:first],
        options["--qrels"],
        clusters=options.get("--clusters"),
        plan=options["--plan"],
        dataset=options["--dataset"],
    )
    assert not [notice for notice in comparison.warnings if notice.code == "files-left-out"]
    return comparison.to_frame()


def test_the_printed_command_gives_the_suites_own_verdicts(results: Path, tmp_path: Path) -> None:
    *_, command = export_runs(results, tmp_path / "trec")
    theirs = compared(command)
    ours = pd.read_parquet(results / "summary/comparisons.parquet")
    key = ["system", "baseline"]
    ours, theirs = (rows[rows["measure"] == "nDCG@10"].set_index(key) for rows in (ours, theirs))
    assert len(ours) == len(theirs) == 2
    for pair, row in ours.iterrows():
        assert theirs.loc[pair, "word"] == row["word"]
        for name in ("p", "p_holm", "difference", "ci_low", "ci_high", "n_clusters", "mde"):
            assert theirs.loc[pair, name] == pytest.approx(row[name], abs=1e-9), name


def test_trec_evals_binding_reproduces_every_score(results: Path, tmp_path: Path) -> None:
    export_runs(results, tmp_path)
    qrels = pytrec_eval.parse_qrel((tmp_path / "qrels.txt").read_text().splitlines())
    assert len(qrels) == 22  # the test side alone
    evaluator = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut", "recip_rank", "map"})
    scores = pd.read_parquet(results / "summary/scores.parquet")
    n_compared = 0
    for path in tmp_path.glob("*/seed*.run.gz"):
        with gzip.open(path, "rt") as file:
            their_scores = evaluator.evaluate(pytrec_eval.parse_run(file))
        seed = int(path.name.removeprefix("seed").removesuffix(".run.gz"))
        mine = scores[(scores["system"] == path.parent.name) & (scores["seed"] == seed)]
        for theirs, measure in TREC.items():
            for row in mine[mine["measure"] == measure].itertuples():
                assert their_scores[row.query_id][theirs] == pytest.approx(row.value, abs=1e-12)
                n_compared += 1
    assert n_compared == 9 * 3 * 22


def test_the_same_results_are_the_same_bytes(results: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export_runs(results, tmp_path / name)
    first, second = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in files}
        for name in ("one", "two")
        if (files := [path for path in (tmp_path / name).rglob("*") if path.is_file()])
    )
    assert first == second
    assert len(first) == 9 * 2 + 3


def test_a_sidecar_tells_how_its_run_came_about(results: Path, tmp_path: Path) -> None:
    export_runs(results, tmp_path)
    about = yaml.safe_load((tmp_path / "new/seed43.run.yml").read_text())
    assert about["schema version"] == "0.2"
    parts = ("platform", "implementation", "resources", "research goal", "method", "actor", "data")
    assert [part for part in parts if part not in about] == []
    assert about["method"]["name"] == "new"
    assert about["method"]["score"].startswith("N - rank")
    assert about["platform"]["software"]["libraries"] == {"python": ["torch==2.0"]}
    assert about["resources"]["runtime"]["user"] == "1750 ms"
    assert about["research goal"]["evaluation"]["baseline"] == ["old"]
    assert about["data"]["test collection"]["name"] == "toy"
    assert str(tmp_path) not in (tmp_path / "new/seed43.run.yml").read_text()
    untrained = yaml.safe_load((tmp_path / "bm25/seed0.run.yml").read_text())
    assert "training data" not in untrained["data"]


def test_a_trained_system_with_one_seed_stays_not_estimable(finish: Finish, tmp_path: Path) -> None:
    results = finish(PLAN, seeds={**SEEDS, "new": [42]})
    *_, command = export_runs(results, tmp_path / "trec")
    assert yaml.safe_load((tmp_path / "trec/plan.yaml").read_text())["trained"] == ["new"]
    rows = compared(command)
    assert rows.loc[rows["role"] == "confirmatory", "word"].tolist() == ["not estimable"]


def test_each_dataset_has_a_folder_and_a_command_of_its_own(finish: Finish, tmp_path: Path) -> None:
    results = finish(PLAN, seeds=SEEDS, datasets=("one", "two"))
    lines = export_runs(results, tmp_path / "trec")
    assert lines[0] == f"18 runs of 2 datasets in {tmp_path / 'trec'}"
    assert "The suite's Holm correction covers all datasets" in lines[1]
    ours = pd.read_parquet(results / "summary/comparisons.parquet")
    for name, command in zip(("one", "two"), lines[2:], strict=True):
        theirs = compared(command)
        assert set(theirs["dataset"]) == {name}
        rows = (ours["dataset"] == name) & (ours["measure"] == "nDCG@10")
        expected = ours[rows].set_index("system")["p"]
        p_values = theirs[theirs["measure"] == "nDCG@10"].set_index("system")["p"]
        assert p_values.to_dict() == pytest.approx(expected.to_dict(), abs=1e-9)


def test_a_seed_that_an_earlier_export_left_is_refused(results: Path, tmp_path: Path) -> None:
    export_runs(results, tmp_path)
    export_runs(results, tmp_path)
    (tmp_path / "new/seed46.run.gz").write_bytes(b"")
    with pytest.raises(InputError, match=r"seed46.run.gz: not of this export; move it"):
        export_runs(results, tmp_path)


def test_a_ranking_that_was_not_compared_is_refused(results: Path, tmp_path: Path) -> None:
    place = results / "runs/toy/new/seed44/ranking.parquet"
    PendingFile(place).write(parquet_bytes(pd.read_parquet(place), {"digest": "later"}))
    with pytest.raises(InputError, match=r"seed44/ranking.parquet: is not the ranking that was"):
        export_runs(results, tmp_path)
    place.unlink()
    with pytest.raises(InputError, match=r"ranking.parquet: no such file; run snakemake"):
        export_runs(results, tmp_path)


def test_an_export_that_fails_leaves_the_earlier_one(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        if path.name == QRELS:
            raise OSError(errno.ENOSPC, "No space left on device")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    folder = tmp_path / "trec"
    export_runs(results, folder)
    (folder / "notes.txt").write_text("mine")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    monkeypatch.setattr("maw.stages.finished.export_runs.write_new", full)
    for place in (folder, tmp_path / "new"):
        with pytest.raises(InputError, match=rf"{place}: No space left on device; make room"):
            export_runs(results, place)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert sorted(os.listdir(tmp_path)) == ["results", "trec"]
    monkeypatch.undo()
    export_runs(results, folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_an_export_follows_no_planted_link(results: Path, tmp_path: Path) -> None:
    folder, precious = tmp_path / "trec", tmp_path / "precious"
    folder.mkdir()
    precious.write_text("mine")
    (folder / QRELS).symlink_to(precious)
    export_runs(results, folder)
    assert precious.read_text() == "mine"
    assert not (folder / QRELS).is_symlink()


def test_scores_without_rankings_cannot_be_exported(tmp_path: Path) -> None:
    frame = pd.DataFrame({"query_id": []})
    stamp = {"digest": "d", "spec": {"analysis": {"contrasts": []}}}
    for name in ("comparisons", "scores"):
        columns = ["dataset", "system", "seed", "query_id", "measure", "value"]
        table = frame.reindex(columns=columns)
        PendingFile(tmp_path / f"{name}.parquet").write(parquet_bytes(table, stamp))
    content = b"dataset,query_id,cluster\n"
    (tmp_path / "scores.csv").write_bytes(content)
    manifest.enter(tmp_path, {"scores.csv": manifest.digest_of(content)})
    with pytest.raises(InputError, match="holds scores but no rankings"):
        export_runs(tmp_path, tmp_path / "trec")


def test_the_command_says_what_it_wants() -> None:
    result = CliRunner().invoke(app, ["export", "somewhere"])
    assert str(result.exception).startswith("export: say what to export: --run results/runs")


def test_no_command_runs_code_because_a_suites_files_name_it(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("evil.py").write_text("open('ran', 'w').close()\n")
    evil = {"kind": "evil.py"}
    system = {**evil, "attention": evil, "router": {"kind": "module:evil"}}
    summary = results / "summary/comparisons.parquet"
    stamp = read_stamp(summary)
    stamp["spec"] |= {"system": system, "loader": evil}
    PendingFile(summary).write(parquet_bytes(pd.read_parquet(summary), stamp))
    for path in results.rglob("*.json"):
        record = read_json(path)
        stamp = record.pop("stamp")
        stamp["spec"] = {**stamp.get("spec", {}), "name": "new", "seed": 42, "system": system}
        PendingFile(path).write(json_bytes({**record, "system": "new"}, stamp))
    for command in (
        ["export", "--runs", "--results", str(results), "trec"],
        ["calibrate", str(results), "--draws", "2"],
        ["verdicts", "--results", str(results)],
        ["compare", str(results / "summary/scores.parquet")],
        ["inspect", "text", "--run", str(results / "runs/toy/new/seed42")],
    ):
        CliRunner().invoke(app, command)  # some end with a line, for a file that was never made
        assert not Path("ran").exists(), command
