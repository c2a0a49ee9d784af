"""Hypothesis draws the same examples in every run; `--hypothesis-profile=explore` draws many new ones."""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("steady", derandomize=True, deadline=None, max_examples=100)
settings.register_profile("explore", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

_approx = pytest.approx


def approx(expected, rel=None, abs=None, nan_ok=False):
    """A relative tolerance alone is that alone: pytest's own also lets 1e-12 pass, all the digits of a small number."""
    return _approx(expected, rel, 0 if abs is None and rel is not None else abs, nan_ok)


pytest.approx = approx
