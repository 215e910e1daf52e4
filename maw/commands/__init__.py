"""Commands about one finished run: each module holds one, reads the run, and prints.

Nothing heavy is imported at a module's head: `maw --help` imports them all.
"""
