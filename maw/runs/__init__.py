"""Readers of runs, judgements and scores of any origin; oddities are reported, not mended."""
