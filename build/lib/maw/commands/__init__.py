"""The commands of `maw`, a module for each: it takes the options, calls other packages, prints.

No module imports a large package, such as torch, at its top, because `maw --help` imports all of
these modules.
"""
