"""Did a search choose an edge of what it tried? The check of the choices of all searches."""

from collections.abc import Iterator, Sequence

import pandas as pd

from maw.reporting.checks import PUSHES, Check
from maw.reporting.searches import shown
from maw.reporting.words import listed
from maw.settings.plan import Analysis

MOST_NAMED = 3  # systems that a sentence names; the table of the search has all of them


def edge_checks(
    selection: pd.DataFrame, claims: pd.DataFrame, *, plan: Analysis
) -> Iterator[Check]:
    """Yield whether a search chose the smallest or the largest value that it tried: one check.

    What lies beyond the edge might be better: such a system may be underrated. selection: a row for
    each search. claims: a row for each claim.
    """
    name = "edge of the search"
    searched = selection[selection["n_dev"] > 0]
    at_edge = searched[searched["at_edge"]]
    if len(at_edge):
        systems = at_edge["system"].unique().tolist()
        pushes = _underrated(systems, claims, plan=plan)
        yield Check(name, "failed", _sentence(at_edge, n_searched=len(searched)), pushes)
    elif len(searched):
        sentence = "No search chose the smallest or the largest value that it tried."
        yield Check(name, "passed", sentence)


def _sentence(at_edge: pd.DataFrame, *, n_searched: int) -> str:
    """Return the sentence on the choices at an edge: a row for each search that made one.

    n_searched: how many searches there were.
    """
    values = at_edge["parameters"].map(lambda text: shown(str(text))).unique()
    what = f": {values[0]}" if len(values) == 1 else ""  # else the table of the search has them
    systems = at_edge["system"].unique().tolist()
    if len(systems) > MOST_NAMED:
        return f"{len(at_edge)} of {n_searched} searches chose an edge of what they tried{what}."
    if len(systems) == 1:
        return f"What the search chose for {systems[0]} lies at the edge of what it tried{what}."
    return (
        f"What the searches chose for {listed(systems)} lies at the edge of what they tried{what}."
    )


def _underrated(at_edge: Sequence[str], claims: pd.DataFrame, *, plan: Analysis) -> str:
    """Return where it pushes the verdicts that these systems may be underrated."""
    of_plan = {name for names in plan.controls_of.values() for name in names}
    controls = [name for name in at_edge if name in of_plan]
    systems = [name for name in at_edge if name in set(claims["system"])]
    if set(controls) & set(systems):
        return PUSHES["both"]
    if not controls and not systems:
        return "No claim needs it." if len(at_edge) == 1 else "No claim needs them."
    parts = []
    if controls:
        which = f"{controls[0]} is" if len(controls) == 1 else "the controls among them are"
        which = "this control is" if len(at_edge) == 1 else which
        parts.append(f"{which} underrated, and the claims look better than they are")
    if systems:
        look, they = ("looks", "it is") if len(systems) == 1 else ("look", "they are")
        parts.append(f"{listed(systems)} {look} worse than {they}")
    return f"If anything, {'; '.join(parts)}."
