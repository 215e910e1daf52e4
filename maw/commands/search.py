"""`maw search`: what would this run put first for a query of your own?"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from maw.commands.inspect import RunFolder
from maw.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from maw.stages.finished.open import FinishedRun

WORDS = 14
SEARCHABLE = ("bi_encoder", "bm25")


def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    run: RunFolder,
    k: Annotated[int, typer.Option("-k", help="How many documents.", min=1)] = 10,
) -> None:
    """Rank the suite's collection for a query with one run's model."""
    from maw.reporting.console import console, say, table
    from maw.stages.finished.open import open_run

    opened = open_run(run)
    found, n_cut = best(opened, query, k=k)
    to = console()
    cut = f"; {n_cut} tokens of the query were cut off, as in ranking" if n_cut else ""
    say(to, f"{opened.name} seed {opened.seed} on {opened.dataset}: {len(found)} documents{cut}")
    if found.empty:
        say(to, "No document shares a term with the query.")
        return
    rows = [
        (str(place), f"{row.score:.4f}", row.doc_id, start_of(row.text))
        for place, row in enumerate(found.itertuples(), start=1)
    ]
    to.print(table(("rank", "score", "document", "begins"), rows, numbers=("rank", "score")))


def best(run: "FinishedRun", query: str, *, k: int) -> "tuple[pd.DataFrame, int]":
    """doc_id, score, text of the best k, ranked by the system itself; tokens that were cut off."""
    import pandas as pd

    from maw.ranking.inputs import RankInputs
    from maw.settings import registry

    if not query.strip():
        raise InputError("search: the query is empty; give some words")
    if run.kind not in SEARCHABLE:
        raise InputError(
            f"{run.folder}: {run.kind!r} re-ranks what another system found and cannot search; "
            f"give a run of {' or '.join(SEARCHABLE)}"
        )
    documents = run.documents()
    trunk, model, n_cut = _tensors(run, query) if run.neural else (None, None, 0)
    asked = RankInputs(
        documents=documents,
        queries=pd.DataFrame({"query_id": ["query"], "text": [query], "row": [0]}),
        seed=run.seed,
        depth=k,
        trunk=trunk,
        model=model,
    )
    ranking = registry.module_of(run.system).rank(run.system, asked).ranking
    return ranking.merge(documents[["doc_id", "text"]], on="doc_id", how="left"), n_cut


def _tensors(run: "FinishedRun", query: str) -> tuple[dict[str, Any], dict[str, Any] | None, int]:
    """The cached trunk with this query in the place of the suite's own; the model; tokens cut."""
    from maw.datasets.development import ROWS
    from maw.stages.finished.open import encoder_of, tensors_of

    encoder = encoder_of(run)
    asked = encoder.frozen.hidden([query], side="query")
    whole = encoder.frozen.tokens([query], side="query", whole=True)[0]
    trunk = tensors_of(run.trunk)
    if ROWS in trunk:
        raise InputError(
            f"{run.folder}: its collection is not kept encoded (`retrieve` in the configuration); "
            "export the model with `maw export` and encode what you search"
        )
    trunk |= {"query.hidden": asked.hidden, "query.offsets": asked.offsets}
    model = tensors_of(run.model) if run.trained else None
    return trunk, model, len(whole) - len(asked.hidden)


def start_of(text: str, n_words: int = WORDS) -> str:
    """The first words on one line."""
    words = str(text).split()
    return " ".join(words[:n_words]) + (" …" if len(words) > n_words else "")
