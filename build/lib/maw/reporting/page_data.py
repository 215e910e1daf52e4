"""What the sections of a page are written from: the frames of the results, and the plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from maw.reporting.frames import ComparisonFrames, SuiteFrames
from maw.settings.plan import Analysis


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PageData:
    """Everything that a page shows, of a suite or of a comparison by `maw compare`.

    A comparison has no record of training: its frames are ComparisonFrames, and all mappings but
    `spec` and `history` are empty.
    """

    frames: ComparisonFrames
    """The tables of the results; SuiteFrames for a suite."""
    plan: Analysis
    """The plan that was fixed before any score existed."""
    spec: Mapping[str, Any] = field(default_factory=dict)
    """The specification of the stage `report`: suite, scope, systems, seeds, backbone and others.
    `queries` is what a ranking is made for: `queries`, or `topics` of run files."""
    history: Mapping[str, Any] = field(default_factory=dict)
    """The JSON of the stage `record`, on whether the plan preceded the scores."""
    expected: Mapping[str, Any] = field(default_factory=dict)
    """The JSON of the stage `check`, on agreement with the committed mean scores."""
    theory: Mapping[str, Any] = field(default_factory=dict)
    """The JSON of the stage `theory`: what the source states, held against numbers."""
    datasets: Sequence[Mapping[str, Any]] = ()
    """The content of each `dataset.json`."""
    pictures: Mapping[str, str] = field(default_factory=dict)
    """Name of a figure -> its SVG."""
    elsewhere: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Tables from elsewhere, where they exist: `ablations` and `attention_benchmark`."""

    @property
    def suite(self) -> SuiteFrames | None:
        """Return the frames of a suite, or None for a comparison of foreign runs."""
        return self.frames if isinstance(self.frames, SuiteFrames) else None

    @property
    def queries(self) -> str:
        """Return what a ranking is made for, in the plural: `queries` or `topics`."""
        return str(self.spec.get("queries", "queries"))
