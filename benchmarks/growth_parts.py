"""The parts of a user's work whose growth is measured by `growth.py`, on made inputs.

A part is prepared for given numbers of documents, queries, seeds and systems; the result is a
function without arguments that does the part's work. All inputs are random, the same ones in every
run. The hidden states of texts are random numbers as wide as MiniLM's; the pretrained layer that is
trained on them, and the frozen layers of `encode`, are MiniLM's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from maw.commands.compare import compare as compare_command
from maw.comparison import conclude
from maw.measures.scoring import score_run
from maw.models.encoders.frozen import Frozen
from maw.models.encoders.ragged import Ragged
from maw.models.encoders.trunk import Trunk
from maw.ranking.inputs import RankInputs
from maw.ranking.systems import bi_encoder
from maw.runs.evidence import Evidence
from maw.settings import registry
from maw.settings.plan import Analysis
from maw.settings.sections import Backbone, Training
from maw.training.loop import Recipe, train
from maw.training.texts import TextData, score_development
from maw.verdicts.calibration import calibrate_plan
from maw.verdicts.calibration_groups import groups_of, other_groups

MEASURES = ("nDCG@10", "RR@10", "Success@10", "AP", "R@100")
PRIMARY = MEASURES[0]
WORDS = ("array", "matrix", "signal", "series", "sparse", "random", "window", "filter")
TOKENS = {"document": (8, 56), "query": (6, 24)}  # fewest and most of a text that is trained on
SHORT = (6, 10)  # of texts that are only ranked: so the scores [Q, N] are much of the work
BATCH = 8  # queries of a training step
DRAWS = 20  # experiments of a calibration

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of documents, queries, seeds of each system, and systems besides the baseline.

    Where a run or a ranking is read, `documents` is the number of documents of each query.
    """

    documents: int = 0
    queries: int = 0
    seeds: int = 1
    systems: int = 1

    def times(self, factor: int, dimension: str) -> "Sizes":
        """Return the sizes with one of them multiplied."""
        return replace(self, **{dimension: factor * getattr(self, dimension)})


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a user's work: its name, how it is prepared, and the sizes that it grows from.

    prepare: (sizes, an empty folder) -> the work. bases: name of the field of `Sizes` that is
    multiplied -> the sizes with the factor 1; all other fields stay as they are.
    """

    name: str
    prepare: Callable[[Sizes, Path], Work]
    bases: Mapping[str, Sizes]


@cache
def frozen() -> Frozen:
    """Return MiniLM's frozen layers, opened once for all parts."""
    return Frozen.opened(Backbone(max_document_tokens=64, max_query_tokens=32))


def texts(n: int, *, fewest: int, most: int) -> list[str]:
    """Return n random texts of `fewest` to `most` words; a word is one token."""
    draw = np.random.default_rng(0)
    lengths = draw.integers(fewest, most, n, endpoint=True)
    return [" ".join(draw.choice(WORDS, length)) for length in lengths]


def hidden(n: int, *, fewest: int, most: int, seed: int) -> Ragged:
    """Return random hidden states of n texts of `fewest` to `most` tokens."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(fewest, most + 1, (n,), generator=generator)
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)])
    width = frozen().model.config.hidden_size
    return Ragged(torch.randn(int(offsets[-1]), width, generator=generator), offsets)


def encode(sizes: Sizes, folder: Path) -> Work:
    """The frozen layers over all documents and queries, as in the stage `encode`."""
    documents = texts(sizes.documents, fewest=8, most=56)
    queries = texts(sizes.queries, fewest=6, most=24)
    layers = frozen()
    return lambda: layers.trunk(
        documents=layers.hidden(documents, side="document"),
        queries=layers.hidden(queries, side="query"),
    )


def training_data(sizes: Sizes, *, tokens: dict[str, tuple[int, int]]) -> TextData:
    """Return training data in which each query has one relevant document and two negatives.

    All queries are training queries and development queries, and rank all documents.
    """
    N, Q = sizes.documents, sizes.queries
    sides = {
        side: hidden(n, fewest=tokens[side][0], most=tokens[side][1], seed=n)
        for side, n in (("document", N), ("query", Q))
    }
    relevant = {q: q * N // Q for q in range(Q)}
    doc_ids = [f"d{row:06}" for row in range(N)]
    query_ids = [f"q{row:06}" for row in range(Q)]
    judged = {"query_id": query_ids, "doc_id": [doc_ids[row] for row in relevant.values()]}
    return TextData(
        documents=sides["document"],
        queries=sides["query"],
        doc_ids=doc_ids,
        query_ids=query_ids,
        positives={q: [row] for q, row in relevant.items()},
        negatives={q: [(row + 1) % N, (row + 2) % N] for q, row in relevant.items()},
        forbidden={q: {row} for q, row in relevant.items()},
        n_relevant=dict.fromkeys(range(Q), 1),
        development={name: row for row, name in enumerate(query_ids)},
        pool={name: row for row, name in enumerate(doc_ids)},
        judged=pd.DataFrame(judged).assign(relevance=1),
        measure=PRIMARY,
    )


def training(sizes: Sizes, folder: Path) -> Work:
    """A training by GRPO that sees each query once, for each seed in turn."""
    data = training_data(sizes, tokens=TOKENS)
    kinds = {"attention": {"kind": "maw", "depths": 8}, "router": {"kind": "grpo"}}
    options = {"kind": "bi_encoder", **kinds, "objective": {"kind": "grpo"}}
    recipes = [
        Recipe(
            system=registry.parse("systems", options),
            top=frozen().top,
            training=Training(steps=sizes.queries // BATCH, batch_size=BATCH),
            learning_rate=1e-3,
            seed=seed,
            evaluations=0,
        )
        for seed in range(sizes.seeds)
    ]

    def work() -> None:
        for recipe in recipes:
            train(data, recipe)

    return work


def development(sizes: Sizes, folder: Path) -> Work:
    """One development score of a model: all queries rank all documents."""
    data = training_data(sizes, tokens={"document": SHORT, "query": SHORT})
    system = registry.parse("systems", {"kind": "bi_encoder"})
    model = data.build(system, frozen().top)
    return lambda: score_development(model, data)


def ranking(sizes: Sizes, folder: Path) -> Work:
    """The ranking of all documents for all queries by a bi-encoder, 1,000 kept for each query."""
    trunk = Trunk(
        top=frozen().top,
        documents=hidden(sizes.documents, fewest=SHORT[0], most=SHORT[1], seed=0),
        queries=hidden(sizes.queries, fewest=SHORT[0], most=SHORT[1], seed=1),
    )
    frames = {}
    for name, n in (("doc_id", sizes.documents), ("query_id", sizes.queries)):
        ids = [f"{name[0]}{row:06}" for row in range(n)]
        frames[name] = pd.DataFrame({name: ids, "text": "", "row": range(n)})
    inputs = RankInputs(frames["doc_id"], frames["query_id"], seed=0, trunk=trunk)
    config = bi_encoder.Config()
    return lambda: bi_encoder.rank(config, inputs)


def ranked_frame(sizes: Sizes, *, seed: int) -> pd.DataFrame:
    """Return query_id, doc_id, score: a random ranking of each query's documents."""
    N, Q = sizes.documents, sizes.queries
    draw = np.random.default_rng(seed)
    names = np.array([f"d{row:06}" for row in range(2 * N)], dtype=object)
    columns = np.argsort(draw.random((Q, 2 * N)))[:, :N]
    queries = np.repeat(np.array([f"q{row:06}" for row in range(Q)], dtype=object), N)
    scores = np.tile(np.arange(N, 0, -1, dtype=np.float64), Q)
    return pd.DataFrame({"query_id": queries, "doc_id": names[columns].ravel(), "score": scores})


def judgements(sizes: Sizes) -> pd.DataFrame:
    """Return query_id, doc_id, relevance: ten judged documents of each query, grades 0 to 2."""
    draw = np.random.default_rng(1)
    rows = [
        (f"q{query:06}", f"d{row:06}", int(place < 5) + int(place < 2))
        for query in range(sizes.queries)
        for place, row in enumerate(draw.choice(2 * sizes.documents, 10, replace=False))
    ]
    return pd.DataFrame(rows, columns=["query_id", "doc_id", "relevance"])


def evaluate(sizes: Sizes, folder: Path) -> Work:
    """The scores of one run by five measures, as in the stage `evaluate`."""
    run, qrels = ranked_frame(sizes, seed=0), judgements(sizes)
    queries = qrels["query_id"].unique().tolist()
    return lambda: score_run(run, qrels, measures=MEASURES, queries=queries)


def compare_files(sizes: Sizes, folder: Path) -> Work:
    """`maw compare` on the run files of the baseline and the systems, with its output."""
    qrels = folder / "qrels.txt"
    judged = judgements(sizes).assign(iteration=0)
    columns = ["query_id", "iteration", "doc_id", "relevance"]
    judged[columns].to_csv(qrels, sep=" ", index=False, header=False)
    paths = []
    for system in range(sizes.systems + 1):
        for seed in range(sizes.seeds):
            paths.append(folder / f"s{system:03}" / f"seed{seed}.run")
            paths[-1].parent.mkdir(exist_ok=True)
            rows = ranked_frame(sizes, seed=1000 * system + seed)
            rows = rows.assign(Q0="Q0", rank=sizes.documents + 1 - rows["score"], tag="t")
            columns = ["query_id", "Q0", "doc_id", "rank", "score", "tag"]
            rows[columns].to_csv(paths[-1], sep=" ", index=False, header=False)
    folders = sorted({path.parent for path in paths})
    return lambda: compare_command(folders, qrels, measure=list(MEASURES))


def scores_and_plan(sizes: Sizes) -> tuple[pd.DataFrame, Analysis]:
    """Return random scores of all systems by two measures, and a plan of a contrast for each.

    Queries differ more than systems, systems more than seeds.
    """
    draw = np.random.default_rng(0)
    Q, S = sizes.queries, sizes.seeds
    names = [f"s{number:03}" for number in range(sizes.systems + 1)]
    hardness = draw.normal(0.5, 0.2, Q)
    frames = []
    for name in names:
        values = hardness + draw.normal(0, 0.02) + draw.normal(0, 0.1, (2, S, Q))
        grid = pd.MultiIndex.from_product(
            [MEASURES[:2], range(S), [f"q{row:06}" for row in range(Q)]],
            names=["measure", "seed", "query_id"],
        )
        frame = pd.DataFrame({"value": values.clip(0, 1).ravel()}, index=grid).reset_index()
        frames.append(frame.assign(dataset="made", system=name))
    contrasts = [{"system": name, "baseline": names[0]} for name in names[1:]]
    plan = Analysis.checked({"sesoi": 0.02, "contrasts": contrasts}, source="growth")
    return pd.concat(frames, ignore_index=True), plan


def statistics(sizes: Sizes, folder: Path) -> Work:
    """All tables of the stage `compare`: tests, means, components, forecasts, single seeds."""
    scores, plan = scores_and_plan(sizes)
    evidence = Evidence(scores, MEASURES[:2], ())
    return lambda: conclude(evidence, plan=plan).frames


def calibration(sizes: Sizes, folder: Path) -> Work:
    """The redrawn experiments of `maw calibrate`, by both measures."""
    scores, plan = scores_and_plan(sizes)
    trained = dict.fromkeys(scores["system"].unique(), sizes.seeds > 1)

    def work() -> pd.DataFrame:
        groups = groups_of(scores, plan=plan, trained=trained, clusters=None)
        others = other_groups(scores, plan=plan, trained=trained, clusters=None)
        return calibrate_plan(groups, plan=plan, draws=DRAWS, seed=0, others=others)

    return work


STATISTICS = Sizes(queries=400, seeds=4, systems=4)
CALIBRATION = Sizes(queries=100, seeds=3, systems=2)
FILES = Sizes(documents=200, queries=100, seeds=1, systems=3)
TRAINING = Sizes(documents=256, queries=16)
# A ranking's work is queries x documents: one of the two is multiplied, and the other stays.
PARTS = (
    Part("encode", encode, {"documents": Sizes(48, 4), "queries": Sizes(4, 96)}),
    Part("train", training, dict.fromkeys(("documents", "queries", "seeds"), TRAINING)),
    Part("rank", ranking, {"documents": Sizes(1000, 200), "queries": Sizes(500, 500)}),
    Part("development", development, {"documents": Sizes(1000, 200), "queries": Sizes(500, 500)}),
    Part("evaluate", evaluate, {"documents": Sizes(500, 250), "queries": Sizes(250, 500)}),
    Part("statistics", statistics, dict.fromkeys(("queries", "seeds", "systems"), STATISTICS)),
    Part(
        "maw compare",
        compare_files,
        dict.fromkeys(("documents", "queries", "seeds", "systems"), FILES),
    ),
    Part("calibrate", calibration, dict.fromkeys(("queries", "seeds", "systems"), CALIBRATION)),
)
TINY = Sizes(documents=24, queries=16, seeds=2, systems=2)  # for a first run that is not measured
