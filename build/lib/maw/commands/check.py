"""The command `maw check`: checks a suite's configuration and prints its number of runs."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from maw.settings.suite import Suite

LOOKED_AT = 1000  # documents of a collection
MOST_CUT = 0.5  # share of cut documents above which there is a line


def check(
    configuration: Annotated[
        Path,
        typer.Argument(
            help="Configuration of a suite: a YAML file. A configuration is code: this command "
            "runs the Python files and modules that it names, so read those that others wrote."
        ),
    ],
) -> None:
    """Check a suite's configuration and count the runs it asks for."""
    from maw.jobs.loader_files import sources
    from maw.runs.given import look_at
    from maw.settings import traits
    from maw.settings.read import read_suite

    suite = read_suite(configuration)
    for dataset in suite.datasets:
        sources(suite, dataset)  # an error names a file that is missing
    traits.require_files(suite.systems)
    for line in _look(suite):
        typer.echo(f"{configuration}: {line}")
    for line in look_at(suite):
        typer.echo(f"{configuration}: {line}")
    n_runs = len(suite.units) * sum(len(suite.seeds_of(name)) for name in suite.systems)
    typer.echo(f"{configuration}: suite {suite.suite!r}, {n_runs} runs, results in {suite.root}/")
    typer.echo(f"run it: snakemake --cores all --configfile {configuration}")


def _look(suite: "Suite") -> Iterator[str]:
    """Look at everything that a run of the suite would find out later.

    Yields a line on what cannot be known yet. InputError for a measure that nobody computes, an id
    or a file of a dataset that does not exist, a backbone that does not fit, encoded documents
    without room for them, and code of the user that does not do what it has to.
    """
    from maw.jobs.loader_files import look_at_loader
    from maw.jobs.provenance import own_kinds
    from maw.measures.scoring import parse_measures

    parse_measures(suite.measures)
    for dataset in suite.datasets:
        look_at_loader(suite, dataset)
    neural = [name for name in suite.systems if suite.is_neural(name)]
    sizes: dict[str, int] = {}
    if neural:
        from maw.jobs.room import require_room
        from maw.models.encoders.backbone_facts import facts_of, require_fit

        facts = facts_of(suite.backbone.name)
        if facts is None:
            yield f"backbone {suite.backbone.name!r} is not fetched yet, so nobody looked at it"
        else:
            require_fit(suite, facts)
            require_room(suite, width=facts.hidden_size)
            yield from _cut(suite)
            sizes = {"hidden_size": facts.hidden_size, "n_heads": facts.n_heads}
    if any(map(own_kinds, suite.systems.values())):
        from maw.ranking.rehearsal import rehearse

        for name, entry in suite.systems.items():
            rehearse(name, entry, **sizes)


def _cut(suite: "Suite") -> Iterator[str]:
    """Yield a line on each dataset of whose first documents encoders would cut more than half.

    Nothing for a model of the hub, whose tokeniser might have to be fetched.
    """
    from maw.models.encoders.hub import PREFIX
    from maw.models.encoders.truncation import of_texts
    from maw.settings import registry

    if suite.backbone.name.startswith(PREFIX):
        return
    in_pairs = all(suite.is_pairwise(name) for name in filter(suite.is_neural, suite.systems))
    for name, dataset in suite.datasets.items():
        first = getattr(registry.module_of(dataset.loader), "first_documents", None)
        if first is None:
            continue
        texts = first(dataset.loader, LOOKED_AT)
        counted = of_texts(texts, side="document", backbone=suite.backbone, in_pairs=in_pairs)
        if counted.share_cut > MOST_CUT:
            told = counted.told(f"the first {len(texts):,} documents")
            yield (
                f"datasets.{name}: {told}; raise backbone.max_document_tokens, unless beginnings "
                "are enough"
            )
