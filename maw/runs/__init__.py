"""Readers of anybody's runs, judgements and scores; oddities are counted and told, never mended."""
