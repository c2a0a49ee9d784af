"""refebm's own functions in the contract's form, each row's: the first implementation that the oracle judges.

Its names are the contract's: ``reference.softmin`` is a function of this module. Every file of `rows` holds its subject's, in
its last section, where shapes are adapted and nothing is computed that the package computes.
"""

from __future__ import annotations

from .contract import FILES

for _subject in FILES.values():
    globals().update(_subject.PACKAGE)
