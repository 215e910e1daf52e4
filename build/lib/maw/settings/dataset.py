"""The settings of one dataset of a suite: its loader, its split, and what of it is ranked."""

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from maw.settings import registry
from maw.settings.sections import Lexical, Section
from maw.settings.split_kinds import AnySplit, Split, split_of


def _path_safe(name: str) -> str:
    """Return the name; ValueError unless it can be a folder's name and a wildcard of Snakemake."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ValueError(
            "a name may hold letters, digits, '.', '_' and '-' only and starts with a letter or "
            "digit; rename it"
        )
    return name


Name = Annotated[str, AfterValidator(_path_safe)]


class Dataset(Section):
    """A collection of documents, queries and judgements, and its split into train, dev and test."""

    loader: registry.entry("loader")  # type: ignore[valid-type]
    """Source of the documents, queries and judgements: a mapping with the `kind` of loader."""
    split: Annotated[AnySplit, BeforeValidator(split_of)] = Split()
    """Assignment of the queries to train, dev and test: a mapping with the `kind` of split and its
    options. Without `kind`, it holds the shares of a holdout split."""
    pool: Lexical = Lexical()
    """Settings of BM25. The documents that it retrieves for a query are the pool: negatives are
    mined from it, cross-encoders re-rank its first documents, and with `retrieve: pool` bi-encoders
    rank it."""
    relevant_from: int | None = Field(None, ge=1)
    """Lowest relevance grade that binary measures count as relevant. none: the loader's value (2
    for the passages of TREC DL), or 1 if the loader has none."""
    retrieve: Literal["stored", "corpus", "pool"] = "stored"
    """Documents that bi-encoders rank, and hidden states that stay on disk (some 90 kB a document).
    `stored`: all documents are ranked and kept. `corpus`: all are ranked. `pool`: those that BM25
    retrieves are ranked. `corpus` and `pool` keep only the hidden states of the documents that
    training needs."""

    judges: Literal["people", "model"] = "people"
    """Who made the judgements. `model`: a language model made them; the report warns that tests on
    them reject too often, because the judge's own errors are in no interval."""

    @model_serializer(mode="wrap")
    def _without_unused_options(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the settings without `relevant_from` and `retrieve` where they have their default.

        Stamps of files that were made before these options existed stay valid in this way.
        `judges` is never there, because only the report reads it, and it prepares no data anew.
        """
        settings: dict[str, Any] = handler(self)
        settings.pop("judges", None)
        if self.relevant_from is None:
            settings.pop("relevant_from", None)
        if self.retrieve == "stored":
            settings.pop("retrieve", None)
        return settings

    @property
    def least_grade(self) -> int:
        """Lowest grade that binary measures count as relevant.

        It is `relevant_from`, else the value of the loader, else 1.
        """
        if self.relevant_from is not None:
            return self.relevant_from
        of_loader = getattr(registry.module_of(self.loader), "relevant_from", None)
        return int(of_loader(self.loader)) if of_loader else 1
