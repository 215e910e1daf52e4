"""The command `maw search`: ranks a suite's documents for any query with a finished run's model."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from maw.commands.inspect import Configuration, RunFolder
from maw.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from maw.models.encoders.trunk import Trunk
    from maw.stages.finished.finished_run import FinishedRun

N_WORDS = 14  # words of a document that the table shows
SEARCHABLE = ("bi_encoder", "bm25")


def search(
    query: Annotated[str, typer.Argument(help="The text to search for.")],
    run: RunFolder,
    k: Annotated[int, typer.Option("-k", help="Number of documents to show.", min=1)] = 10,
    config: Configuration = None,
) -> None:
    """Search the suite's documents with the model of a finished run."""
    from maw.reporting.console import console, say, table
    from maw.stages.finished.finished_run import open_run

    finished_run = open_run(run, config)
    ranking, n_cut = best(finished_run, query, k=k)
    terminal = console()
    cut = f"; {n_cut} tokens of the query were cut off, as in ranking" if n_cut else ""
    name = f"{finished_run.name} seed {finished_run.seed} on {finished_run.dataset}"
    say(terminal, f"{name}: {len(ranking)} documents{cut}")
    if ranking.empty:
        say(terminal, "No document shares a term with the query.")
        return
    rows = [
        (str(rank), f"{row.score:.4f}", row.doc_id, start_of(row.text))
        for rank, row in enumerate(ranking.itertuples(), start=1)
    ]
    heads = ("rank", "score", "document", "begins")
    terminal.print(table(heads, rows, numbers=("rank", "score")))


def best(run: "FinishedRun", query: str, *, k: int) -> "tuple[pd.DataFrame, int]":
    """Return the k documents that a finished run's system ranks best for a query.

    They are a table with the columns doc_id, score and text, which has fewer rows where BM25 finds
    fewer documents. The second value is the number of the query's tokens that were cut off.
    InputError for an empty query, for a system that only re-ranks (a cross-encoder), and where the
    documents' hidden states are not stored.
    """
    import pandas as pd

    from maw.ranking.inputs import RankInputs
    from maw.settings import registry

    if not query.strip():
        raise InputError("search: the query is empty; give some words")
    if run.kind == "run":
        raise InputError(
            f"{run.folder}: its rankings were made elsewhere, and no model of it is here; give a "
            f"run of {' or '.join(SEARCHABLE)}"
        )
    if run.kind not in SEARCHABLE:
        problem = "ranks for its suite alone, and cannot search"
        if getattr(registry.module_of(run.system), "PAIRWISE", False):
            problem = "only re-ranks documents that another system retrieved and cannot search"
        raise InputError(
            f"{run.folder}: {run.kind!r} {problem}; give a run of {' or '.join(SEARCHABLE)}"
        )
    documents = run.documents()
    trunk, model, n_cut = _tensors(run, query) if run.neural else (None, None, 0)
    inputs = RankInputs(
        documents=documents,
        queries=pd.DataFrame({"query_id": ["query"], "text": [query], "row": [0]}),
        seed=run.seed,
        depth=k,
        trunk=trunk,
        model=model,
    )
    ranking = registry.module_of(run.system).rank(run.system, inputs).ranking
    return ranking.merge(documents[["doc_id", "text"]], on="doc_id", how="left"), n_cut


def _tensors(run: "FinishedRun", query: str) -> "tuple[Trunk, dict[str, Any] | None, int]":
    """Return the trunk, the trained model's tensors, and the number of query tokens cut off.

    The trunk holds the frozen layers' hidden states of all documents and of this query, which
    replaces the suite's queries. The tensors are None for an untrained system. InputError where the
    hidden states of documents are not all stored.
    """
    from maw.models.encoders.trunk import Trunk
    from maw.stages.finished.finished_run import encoder_of, tensors_of

    encoder = encoder_of(run)
    encoded_query = encoder.frozen.hidden([query], side="query")
    all_tokens = encoder.frozen.tokens([query], side="query", cut=False)[0]
    trunk = Trunk.from_tensors(tensors_of(run.trunk_path))
    if trunk.document_rows is not None:
        raise InputError(
            f"{run.folder}: the hidden states of its documents are not stored (`retrieve` in the "
            "configuration); export the model with `maw export` and encode the documents with it"
        )
    trunk = trunk.with_queries(encoded_query, run.trained_layers)
    model = tensors_of(run.model_path) if run.trained else None
    return trunk, model, len(all_tokens) - len(encoded_query.hidden)


def start_of(text: str, n_words: int = N_WORDS) -> str:
    """Return the first `n_words` words of a text on one line, with " …" where more follow."""
    words = str(text).split()
    return " ".join(words[:n_words]) + (" …" if len(words) > n_words else "")
