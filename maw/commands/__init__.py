"""One module for each command of `maw`: it takes the options, calls the other rooms and prints.

No module imports anything heavy at its head, because `maw --help` imports them all.
"""
