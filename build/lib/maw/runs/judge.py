"""Who made the judgements: people, or a language model as the judge (`--judge llm`).

The errors of a model as the judge are in no interval, because tests take judgements as the truth.
So they reject too often, and every output has to say so.
"""

from maw.errors import InputError
from maw.runs.notices import Notice

MODEL = "llm"
JUDGED_BY_MODEL = "judged-by-model"  # code of the notice, which headings look for


def judge_notices(judge: str | None, *, subject: str) -> tuple[Notice, ...]:
    """Return the notice on judgements that a model made; none where `judge` is None.

    subject: what was judged by it, `qrels` or `scores`. InputError for another judge than `llm`.
    """
    if judge is None:
        return ()
    if judge != MODEL:
        raise InputError(
            f"judge: {judge!r} is unknown; give {MODEL!r} where a language model made the "
            "judgements, and leave it out where people did"
        )
    text = (
        "a language model made the judgements: tests on them reject too often, because the judge's "
        "own errors are in no interval; check the verdict on topics that people judged"
    )
    return (Notice(JUDGED_BY_MODEL, subject, 1, text),)
