"""`{kind: run}`: rankings that were made elsewhere; nothing is trained or encoded for them here.

With one run, the system is a fixed ranker, as BM25 is. With a run for each of the suite's seeds, it
is a trained system whose seeds drew nothing together with those of other systems.
"""

from typing import Annotated

from pydantic import AfterValidator, BaseModel

from maw.ranking.inputs import Ranked, RankInputs
from maw.settings import run_paths

NEURAL = False
GIVEN = True  # the rankings are files of the user, which the stage `receive` checks


class Config(BaseModel, extra="forbid", frozen=True):
    """Rankings made elsewhere: one run, or one for each of the suite's seeds."""

    path: Annotated[str, AfterValidator(run_paths.with_seed_place)]
    """File of one run, or folder with a file for each seed: `seed42.run`, `seed43.run.gz`. In it,
    `{dataset}`, `{fold}` and `{seed}` stand for the name of the dataset, the number of its fold and
    the seed. A suite with several collections needs `{dataset}`."""
    format: str | None = None
    """Name of the files' format, such as `trec`; none: the content tells."""

    @property
    def records_draws(self) -> bool:
        """False: what a training elsewhere drew at a seed is not known here."""
        return False

    @property
    def varies(self) -> bool:
        """True if there is a run for each seed, so that the scores depend on a training seed."""
        return run_paths.SEED in self.path


def rank(config: Config, inputs: RankInputs) -> Ranked:
    """Return the rankings as they were received, at most `inputs.depth` documents of each query.

    They have no cost, because what the ranking cost elsewhere is not known. ValueError where
    `inputs.received` is None.
    """
    if inputs.received is None:
        raise ValueError(
            "inputs.received is None; a run made elsewhere cannot rank: give its rankings as "
            "`received`"
        )
    first = inputs.received.groupby("query_id", sort=False).head(inputs.depth)
    return Ranked(first.reset_index(drop=True))
