"""Anybody's results, read with suspicion: what is odd is counted and said, never mended."""
