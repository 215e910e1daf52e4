"""A program is trained and ranks by its command lines; what it gives back is checked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.errors import InputError
from maw.ranking.inputs import RankInputs
from maw.ranking.self_training import TrainInputs
from maw.ranking.systems import command
from maw.settings import registry, traits
from maw.settings.sections import Training

TRAIN = "python program.py train {data} {model} {seed}"
RANK = "python program.py rank {model} {queries} {out}"
UNTRAINED = "python program.py rank {queries} {out}"
DOCUMENTS = pd.DataFrame({"doc_id": ["d1", "d2", "d3"], "text": ["wing", "flow", "heat"]})
QUERIES = pd.DataFrame({"query_id": ["q1", "q2"], "text": ["a wing", "a flow"]})
PAIRS = pd.DataFrame({"query_id": ["q1"], "doc_id": ["d1"], "relevance": [1], "rank": [1]})
TOLD = (
    "import os, sys\nfrom pathlib import Path\n"
    "stage, *paths = sys.argv[1:]\nlast = Path(paths[-1])\n"
    "model = Path(paths[1 if stage == 'train' else 0])\n"
)
TRAINS = "if stage == 'train':\n    (model / 'told').write_text(' '.join(paths[2:]))\n"

Write = Callable[..., command.Config]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return a function that writes program.py and returns the configuration of its system.

    train, ranks: lines of the program for each of its two stages; run: the content of its run.
    line, rank: its command lines.
    """
    monkeypatch.chdir(tmp_path)

    def write(
        *,
        train: str = TRAINS,
        run: str = "",
        ranks: str = "",
        line: str | None = TRAIN,
        rank: str = RANK,
        **options: Any,
    ) -> Any:
        lines = TOLD + train + "if stage == 'rank':\n    pass\n" + ranks
        lines += f"    last.write_text({run!r})\n" if run else ""
        Path("program.py").write_text(lines)
        return registry.parse(
            "systems", {"kind": "command", "train": line, "rank": rank, **options}
        )

    return write


def train_inputs(**change: Any) -> TrainInputs:
    """Return inputs of a training with seed 7."""
    values: dict[str, Any] = {
        "name": "mine",
        "documents": DOCUMENTS,
        "queries": QUERIES[:1],
        "positives": PAIRS,
        "negatives": PAIRS,
        "forbidden": PAIRS,
        "training": Training(steps=5),
        "learning_rate": 0.001,
        "seed": 7,
        **change,
    }
    return TrainInputs(**values)


def rank_inputs(**change: Any) -> RankInputs:
    values: dict[str, Any] = {"documents": DOCUMENTS, "queries": QUERIES, "seed": 7, **change}
    return RankInputs(**values)


def test_a_program_is_told_what_its_command_line_asks_for_and_its_model_comes_back(
    program: Write, capfd: pytest.CaptureFixture[str]
) -> None:
    ranks = "    print('model:', (model / 'told').read_text())\n"
    run = "q1 Q0 d1 1 0.5 me\nq1 Q0 d2 2 0.25 me\nq1 Q0 d3 3 0.75 me\n"
    config = program(ranks=ranks, run=run, line=f"{TRAIN} {{learning_rate}} --steps={{steps}}")
    trained = command.train(config, train_inputs())
    assert bytes(trained.tensors["told"].numpy()) == b"7 0.001 --steps=5"
    assert (trained.steps, trained.draws, trained.parameters) == (5, None, None)
    assert trained.cost["train_cpu_seconds"] > 0
    ranked = command.rank(config, rank_inputs(model=trained.tensors, depth=2))
    assert ranked.ranking.to_numpy().tolist() == [["q1", "d3", 0.75], ["q1", "d1", 0.5]]
    assert float(ranked.cost["rank_cpu_seconds"]) > 0
    out = capfd.readouterr().out
    assert "model: 7 0.001 --steps=5\n" in out
    assert "1 of 2 queries have no ranking and score 0\n" in out


def test_the_training_side_is_in_the_folder_and_the_documents_to_rank_too(program: Write) -> None:
    train = "if stage == 'train':\n    data = Path(paths[0])\n"
    train += "    names = sorted(str(p.relative_to(data)) for p in data.rglob('*'))\n"
    train += "    (model / 'names').write_text(' '.join(names))\n"
    ranks = "    assert os.listdir(paths[1]) == ['corpus.jsonl'], paths\n"
    line = "python program.py rank {model} {data} {queries} {out}"
    config = program(train=train, ranks=ranks, run="q1 Q0 d1 1 1 x\nq2 Q0 d1 1 1 x\n", rank=line)
    trained = command.train(config, train_inputs())
    names = "corpus.jsonl forbidden.tsv negatives.tsv qrels qrels/train.tsv queries.jsonl"
    assert bytes(trained.tensors["names"].numpy()).decode() == names
    assert len(command.rank(config, rank_inputs(model=trained.tensors)).ranking) == 2


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ("sys.exit('no data')\n", "the program ended with exit code 1: no data; its output is"),
        ("", r"wrote no file into \{model\}; write there what `rank` needs"),
        (
            "(model / 'x').symlink_to('/etc/hostname')\n",
            r"wrote \{model\}/x: is a link or no file; write plain files and folders",
        ),
    ],
)
def test_a_training_that_leaves_no_model_is_one_line(
    program: Write, train: str, message: str
) -> None:
    config = program(train=train)
    with pytest.raises(InputError, match=rf"^mine: train `python program\.py .*`: {message}"):
        command.train(config, train_inputs())


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ("", r"wrote no run to \{out\}; write a TREC run there"),
        ("\n", r"\{out\}: the file is empty; export it again"),
        ("q1 Q0 d1 1 nan me\n", r"\{out\}:1: score 'nan' is not a finite number; export it again"),
        ("q1 Q0 d1 1 1\n", r"\{out\}:1: 5 columns; a TREC run has 6: .*; add the column"),
        ("q1 Q0 d1 1 1 x\nq1 Q0 d1 2 0 x\n", r"\{out\}:2: returns document 'd1' for topic 'q1' a"),
        (
            "q1 Q0 d1 1 1 x\nq1 Q0 d9 2 0 x\n",
            r"\{out\} has the document 'd9', which is not in the collection \(so have 1 of 2",
        ),
        (
            "q9 Q0 d1 1 1 x\n",
            r"\{out\} has the query 'q9', which is not in \{queries\} \(so have 1",
        ),
    ],
)
def test_a_run_that_cannot_be_scored_is_one_line(program: Write, run: str, message: str) -> None:
    config = program(run=run, line=None, rank=UNTRAINED)
    with pytest.raises(InputError, match=rf"^rank `python program\.py .*`: {message}"):
        command.rank(config, rank_inputs())


def test_a_program_without_train_has_one_run_and_no_model(program: Write) -> None:
    config = program(run="q1 Q0 d1 1 1 x\nq2 Q0 d1 1 1 x\n", line=None, rank=UNTRAINED)
    assert not traits.trains_itself(config)
    assert len(command.rank(config, rank_inputs(seed=0)).ranking) == 2
    with pytest.raises(ValueError, match="the program has no command line `train`"):
        command.train(config, train_inputs())


def test_draws_that_the_program_writes_are_kept_apart_from_the_model(program: Write) -> None:
    train = TRAINS + "    (model / 'draws.json').write_text('[\"a1\", \"b2\"]')\n"
    config = program(train=train, draws=True)
    trained = command.train(config, train_inputs())
    assert trained.draws == ["a1", "b2"]
    assert list(trained.tensors) == ["told"]
    assert traits.records_draws(config)


def parsed(**options: Any) -> Any:
    return registry.parse("systems", {"kind": "command", "train": TRAIN, "rank": RANK, **options})


def test_the_places_of_the_command_lines_say_how_the_system_is_trained() -> None:
    plain, told = parsed(), parsed(train=f"{TRAIN} {{learning_rate}} {{steps}}")
    for trait in (traits.has_learning_rate, traits.has_steps):
        assert not trait(plain)
        assert trait(told)
    assert traits.trains_itself(plain)
    assert not traits.records_draws(plain)
    assert traits.ranks_all(plain)
    assert traits.uses_device(plain)
    assert not traits.reads_index(plain)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"train": "x {data} {model}"}, r"train: `x \{data\} \{model\}` has no \{seed\}; add it"),
        ({"train": "x {seed} {model}"}, r"train: `x .*` has no \{data\}; add it where"),
        ({"train": f"{TRAIN} {{queries}}"}, r"train: `.*` unknown place \{queries\}; known: data"),
        ({"rank": "x {model} {queries}"}, r"rank: `x .*` has no \{out\}; add it where"),
        ({"rank": f"{RANK} {{learning_rate}}"}, r"rank: `.*` unknown place \{learning_rate\}; kno"),
        ({"train": None}, r"rank: `.*` unknown place \{model\}; known: data, out, queries"),
        (
            {"train": None, "rank": "x {queries} {out}", "draws": True},
            "draws is true, but nothing is trained; give `train` or drop `draws`",
        ),
    ],
)
def test_a_wrong_command_line_is_one_line_of_the_configuration(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=f"^systems/command: {message}"):
        parsed(**options)


def test_the_files_of_a_program_are_its_fingerprint(program: Write) -> None:
    config = program()
    assert list(traits.fingerprint(config)) == ["program.py"]
    Path("data.txt").write_text("x")
    both = config.model_copy(update={"files": ("data.txt",)})
    assert list(traits.fingerprint(both)) == ["data.txt"]
    Path("program.py").unlink()
    with pytest.raises(InputError, match=r"^systems\.mine: program\.py: no such file in "):
        traits.require_files({"bm25": registry.parse("systems", {"kind": "bm25"}), "mine": config})
