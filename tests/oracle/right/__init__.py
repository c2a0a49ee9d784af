"""Right ways to write the contract's functions, none of them refebm's own: the oracle has to take no offence at any.

A file a subject, as in refebm/oracle/rows. Beside them, what refebm's own way rests on.
"""

from importlib import import_module

import numpy as np

from refebm.oracle.contract import SUBJECTS

FILES = [import_module(f".{subject.__name__.rpartition('.')[2]}", __name__) for subject in SUBJECTS]
RIGHT = {name: ways for file in FILES for name, ways in file.RIGHT.items()}
# The functions of the package that refebm's own rests on, beside the one of its own name.
RESTS_ON = {name: names for file in FILES for name, names in getattr(file, "RESTS_ON", {}).items()}


def in_single(code):
    """The same, carried out in float32."""
    return lambda *a: code(*(v.astype(np.float32) if isinstance(v, np.ndarray) else np.float32(v) for v in a))
