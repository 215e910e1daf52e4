"""The kinds of splits of a dataset into train, dev and test queries, as pydantic models."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from maw.errors import InputError, nearest
from maw.settings import registry
from maw.settings.sections import Section

ROUNDING = 1e-9  # by which shares may miss a sum of 1


class Split(Section):
    """`kind: holdout`, the default: a hash puts each group of near-duplicate queries as a whole
    into train, dev or test.

    A group holds the queries whose texts are near-duplicates, or that the collection links. The
    hash is of the salt and the text of one query of the group.
    """

    train: float = Field(0.6, ge=0, le=1)
    """Share of the query groups that systems are trained on."""
    dev: float = Field(0.1, ge=0, le=1)
    """Share of the query groups on which the searched hyper-parameters are selected."""
    test: float = Field(0.3, gt=0, le=1)
    """Share of the query groups that systems are tested on; the three shares sum to 1."""
    salt: str = "maw"
    """Text that is put before every group's text to compute its hash: another salt gives another
    split."""

    @model_validator(mode="after")
    def _check_shares(self) -> Self:
        if abs(self.train + self.dev + self.test - 1) > ROUNDING:
            total = f"{self.train + self.dev + self.test:.10g}"
            raise ValueError(f"train + dev + test is {total}; give shares that sum to 1")
        return self


class Official(Section):
    """`kind: official`: the collection's own train, dev and test queries, without leaks.

    A train or dev query is left out where a query of near-duplicate text is in test, and a train
    query also where one is in dev.
    """

    kind: Literal["official"] = "official"
    """Name of this kind of split."""
    dev: float = Field(0.1, gt=0, lt=1)
    """Share of the groups of near-duplicate train queries that becomes dev; it is used only where
    the collection has no dev queries."""
    salt: str = "maw"
    """Text that is put before a group's text to compute the hash that chooses the groups of dev."""


class KFold(Section):
    """`kind: kfold`: the dataset is split in several ways (folds), so that every query is a test
    query in exactly one fold.

    Each fold trains models of its own. Queries of near-duplicate text are in the same split of a
    fold, so that no model is tested on a near-duplicate of a query that it was trained on.
    """

    kind: Literal["kfold"] = "kfold"
    """Name of this kind of split."""
    folds: int = Field(5, ge=2)
    """Number of folds, each of which trains models of its own."""
    dev: float = Field(0.1, gt=0, lt=1)
    """Share of the query groups that becomes dev in a fold, of all groups that are not in its
    test split."""
    salt: str = "maw"
    """Text that is put before every group's text to compute its hash: another salt gives other
    folds."""


class Fold(Section):
    """`kind: fold`: one fold of a `kfold` split. maw makes it; a configuration may not."""

    kind: Literal["fold"] = "fold"
    """Name of this kind of split."""
    collection: str
    """Name of the dataset that is split into the folds."""
    fold: int = Field(ge=1)
    """Number of this fold, from 1."""
    folds: int = Field(ge=2)
    """Number of folds of the dataset."""
    dev: float = Field(0.1, gt=0, lt=1)
    """Share of the query groups that becomes dev, of all groups that are not in the fold's test
    split."""
    salt: str = "maw"
    """Text that is put before every group's text to compute its hash."""


class Transfer(Section):
    """`kind: transfer`: all queries are test queries, and models trained on another dataset rank
    the documents for them."""

    kind: Literal["transfer"] = "transfer"
    """Name of this kind of split."""
    source: str
    """Name of the dataset of the same suite whose models are tested on this dataset."""


AnySplit = Split | Official | KFold | Fold | Transfer
SPLITS: dict[str, type[Section]] = {
    "holdout": Split, "official": Official, "kfold": KFold, "fold": Fold, "transfer": Transfer
}  # fmt: skip


def split_of(value: Any) -> Any:
    """Return the split that a configuration's mapping stands for, before pydantic validates it.

    `{kind: kfold, folds: 5}` gives KFold(folds=5). A holdout split, with or without `kind`, gives
    the mapping without `kind`; a value that is no mapping is returned as it is: pydantic checks
    both later. InputError for an unknown kind, or an option that the kind does not have.
    """
    if not isinstance(value, Mapping):
        return value
    options = {key: option for key, option in value.items() if key != "kind"}
    kind = value.get("kind", "holdout")
    if kind == "holdout":
        return options
    if kind not in SPLITS:
        names = [name for name in SPLITS if name != "fold"]
        raise InputError(f"split: unknown kind {kind!r}{nearest(str(kind), names)}")
    model = SPLITS[kind]
    try:
        return model.model_validate(options)
    except ValidationError as error:
        raise InputError(registry.explain(error, model=model, within=f"split/{kind}")) from None


def as_split(content: Mapping[str, Any]) -> AnySplit:
    """Return the split that the JSON of a job's specification describes.

    InputError for an unknown kind or an option that it does not have; pydantic's ValidationError
    for wrong options of a holdout split.
    """
    value = split_of(content)
    split: AnySplit = Split.model_validate(value) if isinstance(value, dict) else value
    return split
