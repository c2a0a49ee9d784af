"""Mistakes that the oracle has not seen: written from the contract alone, to judge the oracle by. Who builds it does not read them.

A file a subject. ``BUGS`` holds tuples: function, kind (one of `common.KINDS`), what is wrong, the wrong function (or a `Fresh`
one, that has a state), and, where a plain input does not show it, the arguments that do. ``RIGHT`` holds right ways of writing
each function, two of each. ``python tests/benchmarks/oracle_unseen.py`` judges today's oracle by them, and prints totals alone.
"""

from importlib import import_module
from pkgutil import iter_modules

_FILES = [import_module(f".{file.name}", __name__) for file in iter_modules(__path__)]
BUGS = [bug for file in _FILES for bug in getattr(file, "BUGS", ())]
RIGHT = [way for file in _FILES for way in getattr(file, "RIGHT", ())]
