"""Scores of answers to items, as evaluations of language models log them, as one table of scores.

An item is a topic, such as a question. A system may answer an item several times without being
trained again: then its score on the item is the mean of its answers' scores.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import TypeVar

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from maw.errors import InputError
from maw.runs.content import SCORES
from maw.runs.frames import clean_scores
from maw.runs.notices import Notice, counted, examples

SHOWN_WIDTH = 40  # characters of a value in a message
Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a measure says about one answer. value: a number; NaN or None: the answer has no score.

    Any other value, such as a text or a list, is no score that can be averaged.
    """

    item: str
    measure: str
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """The file of an evaluation, with its task (the dataset) and the system that it evaluates."""

    path: Path
    dataset: str
    system: str

    def scores(
        self, answers: Iterable[Answer], *, items: Sequence[str]
    ) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
        """Return the mean score of each item by each measure, and notices on what is left out.

        items: all items of the log. The columns are SCORES; the seed is 0, because a further answer
        is no new training run. A measure with a value that is no number is left out. An item
        without a score is left out too: 0 would count a grader that failed against the system.
        Whether the other systems have a score on it is not known here; `maw.runs.evidence` refuses
        systems with scores on different items. InputError where no score is left.
        """
        rows = [(answer.item, answer.measure, answer.value) for answer in answers]
        frame = pd.DataFrame(rows, columns=["query_id", "measure", "value"], dtype=object)
        is_number = frame["value"].map(_is_number).astype(bool)
        others = frame[~is_number].drop_duplicates("measure").set_index("measure")["value"]
        frame = frame[~frame["measure"].isin(others.index)]
        frame = frame.assign(value=frame["value"].map(_as_float).astype(float))
        if frame["value"].isna().all():
            raise InputError(f"{self.path}: {_without_scores(others.to_dict())}")
        groups = frame.dropna().groupby(["query_id", "measure"], sort=False, as_index=False)
        means = groups["value"].mean()
        scores = means.assign(dataset=self.dataset, system=self.system, seed=0)[list(SCORES)]
        checked = clean_scores(
            scores, locate=lambda row: f"{self.path}: sample {scores['query_id'].iloc[row]!r}"
        )
        return checked, (*self._not_numbers(others), *self._unscored(frame, items=items))

    def _not_numbers(self, others: pd.Series) -> list[Notice]:
        """Return a notice on measures that are left out. others: measure -> one of its values."""
        if others.empty:
            return []
        text = (
            f"left out {counted(len(others), 'measure')} with values that are no numbers "
            f"({_shown(others.to_dict())})"
        )
        return [Notice("measures-not-numeric", str(self.path), len(others), text)]

    def _unscored(self, answers: pd.DataFrame, *, items: Sequence[str]) -> list[Notice]:
        """Return notices on items and answers without a score.

        answers: columns query_id, measure, value, which is nan without a score. Measures that lack
        the same items share a notice.
        """
        measures_of: dict[tuple[str, ...], list[str]] = {}
        n_partly = 0
        for measure, rows in answers.groupby("measure", sort=False):
            scored = set(rows["query_id"][rows["value"].notna()])
            n_partly += int(rows["query_id"][rows["value"].isna()].isin(scored).sum())
            if missing := tuple(item for item in items if item not in scored):
                measures_of.setdefault(missing, []).append(str(measure))
        notices = [
            Notice(
                "items-without-score",
                str(self.path),
                len(missing),
                f"{counted(len(missing), 'sample')} without a score by {', '.join(measures)}: left "
                f"out ({examples(missing)})",
            )
            for missing, measures in measures_of.items()
        ]
        if n_partly:
            text = (
                f"{counted(n_partly, 'answer')} without a score, to samples whose other answers "
                "have one: the mean of the others counts"
            )
            notices.append(Notice("answers-without-score", str(self.path), n_partly, text))
        return notices


def parsed(
    content: bytes | str, adapter: TypeAdapter[Parsed], *, location: str, kind: str
) -> Parsed:
    """Return the JSON text as an object of the adapter's type.

    location, kind: the start of an InputError, such as `a.jsonl:3`, and what the text should be.
    """
    try:
        return adapter.validate_json(content)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, fault["loc"]))
        reason = f"{place}: {fault['msg']}" if place else fault["msg"]
        raise InputError(f"{location}: is no {kind} ({reason}); export it again") from None


def with_settings(name: str, settings: Mapping[str, object]) -> str:
    """Return a model's name with its settings, as in `small (shots=5)`, or without any.

    Only settings that are a text or a number are named; a nested one would be no name.
    """
    named = [f"{key}={value}" for key, value in settings.items() if isinstance(value, str | Real)]
    return f"{name} ({', '.join(named)})" if named else name


def _is_number(value: object) -> bool:
    return value is None or isinstance(value, Real)


def _as_float(value: Real | None) -> float:
    """Return a number as float, nan for None, and infinity for a number that float cannot hold."""
    try:
        return float("nan") if value is None else float(value)
    except OverflowError:
        return float("inf")


def _without_scores(others: Mapping[str, object]) -> str:
    if not others:
        return "has no score of a sample; evaluate again with scores and samples in the log"
    return (
        f"has no measure whose values are all numbers ({_shown(others)}); evaluate with a measure "
        "that gives each sample a number"
    )


def _shown(values: Mapping[str, object]) -> str:
    """Return measures with one of their values, as in `'style' is 'terse'`."""
    shown = [f"{measure!r} is {repr(value)[:SHOWN_WIDTH]}" for measure, value in values.items()]
    return ", ".join(shown[:3]) + (" …" if len(shown) > 3 else "")
