"""Leads over controls with limits by Student's t, in place of results of `crossed`."""

from dataclasses import dataclass

from scipy import special


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead with a standard error: its interval is mean ± t · error."""

    mean: float
    error: float = 1.0
    df: float = 1e9
    fewest_seeds: int | None = 5
    estimable: bool = True

    @property
    def has_number(self) -> bool:
        return self.estimable and self.fewest_seeds != 1

    @property
    def pvalue(self) -> float:
        return float(2 * special.stdtr(self.df, -abs(self.mean) / self.error))

    def half_width(self, tail: float) -> float:
        return float(-special.stdtrit(self.df, tail) * self.error)
