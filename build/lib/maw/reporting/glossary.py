"""The terms of a page, each in one or two sentences for a reader with one course in statistics.

A page shows them on hover and focus, where it uses them and where they head a column of a table,
and all of them once more in its glossary.
"""

import re

from maw.reporting.terms.ranking import RANKING
from maw.reporting.terms.routing import ROUTING
from maw.reporting.terms.statistics import STATISTICS
from maw.reporting.terms.term import Term
from maw.reporting.terms.training import TRAINING
from maw.reporting.terms.verdicts import VERDICTS

SUBJECTS: dict[str, dict[str, Term]] = {
    "Plan and verdict": VERDICTS,
    "Statistics": STATISTICS,
    "Ranking": RANKING,
    "Training and costs": TRAINING,
    "Routing": ROUTING,
}
TERMS: dict[str, Term] = {key: term for terms in SUBJECTS.values() for key, term in terms.items()}


def _without_numbers(head: str) -> str:
    """Return the head of a column with # for each number, so that nDCG@5 and nDCG@10 agree."""
    return re.sub(r"\d+(\.\d+)?(e[+-]?\d+)?", "#", head)


# head of a column, without its numbers -> key of the term that explains the column
HEADS: dict[str, str] = {
    _without_numbers(head): key for key, term in TERMS.items() for head in term.heads
}


def term_of_column(head: str) -> str:
    """Return the key of the term that explains a table's column; "" where none does.

    The head itself is looked up first, then what stands before its comma (`Training, CPU s`), then
    the head without its brackets (`RR(rel=2)@10`).
    """
    spellings = (head, head.partition(",")[0], re.sub(r"\s*\([^)]*\)", "", head))
    keys = (HEADS.get(_without_numbers(spelling), "") for spelling in spellings)
    return next(filter(None, keys), "")
