"""What a term of the glossary is."""

from typing import NamedTuple


class Term(NamedTuple):
    """A term as the page writes it, and its definition: one or two whole sentences.

    heads: heads of the columns that show what the term names. A number in a head stands for any
    other number, so that `nDCG@10` is the head of nDCG@5, too.
    """

    name: str
    definition: str
    heads: tuple[str, ...] = ()
