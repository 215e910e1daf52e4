"""Checks the columns of a matrix of scores, which has a row for each topic.

One column has the topics and every other one is a system. A column that is taken for the other kind
gives numbers that look right: topic ids become scores, or a system is lost.
"""

from collections.abc import Sequence

from maw.runs.content import RANKING, SCORES
from maw.runs.frames import ALIASES

# names of the column of topics, in lower case and without blanks, hyphens and underscores
TOPIC_NAMES = {"topic", "topics", "topicid", "qid", "query", "queries", "queryid"}
UNNAMED = "unnamed:"  # pandas reads a column without a name as `Unnamed: 0`
NOT_SYSTEMS = {*SCORES, *RANKING, "rank"}  # columns of long tables, which are no system


def is_topic(name: str) -> bool:
    """Return whether a column is called as one of topics is, such as `topic` or `query-id`."""
    return "".join(character for character in name.lower() if character.isalnum()) in TOPIC_NAMES


def is_unnamed(name: str) -> bool:
    """Return whether a column has no name, as the index has that pandas writes before a table."""
    return not name.strip() or name.lower().startswith(UNNAMED)


def fault_of_header(header: Sequence[str]) -> str:
    """Return what is wrong with a matrix's header and how to mend it; "" if it is right.

    header: the columns' names; the first one must be that of the topics, or be without a name.
    """
    first, *others = header
    if not others:
        return "one column; expected a topic, then a column for each system"
    if is_unnamed(first) and (topics := [name for name in others if is_topic(name)]):
        return (
            f"a column without a name stands before {topics[0]!r}; take it out, in pandas with "
            "to_csv(index=False)"
        )
    if not is_topic(first) and not is_unnamed(first):
        return (
            f"the first column is {first!r}, and no column of topics; call the topics' column "
            "'topic' and put it first"
        )
    return fault_of_systems(others)


def fault_of_systems(names: Sequence[str]) -> str:
    """Return what is wrong with the names of a matrix's systems and how to mend it, or ""."""
    for name in names:
        if is_topic(name):
            return (
                f"column {name!r} stands among the systems; make it the first column, in pandas "
                f"with set_index({name!r}), or rename it"
            )
        if is_unnamed(name):
            return "a column among the systems has no name; name it or take it out"
        if ALIASES.get(name, name) in NOT_SYSTEMS:
            return (
                f"column {name!r} is no system: a matrix has a column of topics, then a column of "
                "scores for each system; take it out or rename it"
            )
    return ""
