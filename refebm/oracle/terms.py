"""How large the numbers are that right formulas add up on the way, where the answer may be far smaller.

``1 - sigmoid`` holds a 1, ``log(r/s) + (m^2 + s^2)/(2 r^2) - 1/2`` each of its three terms, ``-log(mean exp)/beta`` numbers
of size 1/beta. Rounding one of them costs u times its size, whatever the answer's size is: a small answer is then lost, with
no mistake in the formula. Here are the sizes that several rows share.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def log_size(p: Any) -> Any:
    """|log p|, 0 where p is 0."""
    return np.abs(np.log(np.where(p > 0, p, 1)))


def of_logarithm(k: int, beta: float) -> float:
    """Of the logarithm of a mean of k numbers, over beta."""
    return (1 + np.log(k)) / beta
