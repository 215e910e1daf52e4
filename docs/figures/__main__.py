"""Draw the pictures of the documentation again: `python -m docs.figures`, in a minute."""

from pathlib import Path

from docs.figures import mistakes, planning, shared_seeds, small_levels, words

FOLDER = Path(__file__).parents[1] / "pictures"


def main() -> None:
    """Write every picture to docs/pictures/, and the simulated rates beside theirs."""
    found = mistakes.rates()
    found.to_csv(FOLDER / "mistakes.csv", index=False, float_format="%.4f")
    drawn = [
        *words.pictures(),
        *planning.pictures(),
        *shared_seeds.pictures(),
        *small_levels.pictures(),
        mistakes.picture_of(found),
    ]
    for name, svg in drawn:
        (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
