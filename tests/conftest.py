"""Hypothesis draws the same examples in every run; `--hypothesis-profile=explore` draws many new ones.

`--complete` is for those who develop refebm. It runs the tests marked `long` too, proofs over a whole catalogue; with it a test
that is skipped fails, unless it is for want of a program or of a call of the system, and so does one in which refebm calls what
another package has deprecated.
"""

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


def pytest_addoption(parser):
    parser.addoption(
        "--complete", action="store_true", help="the long tests too; fail at skipped ones, and at deprecated calls"
    )


def pytest_configure(config):
    if config.getoption("--complete"):
        for kind in ("DeprecationWarning", "PendingDeprecationWarning", "FutureWarning"):
            config.addinivalue_line("filterwarnings", f"error::{kind}:refebm")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--complete"):
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in set(long)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and item.config.getoption("--complete"):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if not reason.startswith("there is no "):
            report.outcome, report.longrepr = "failed", f"--complete, and skipped: {reason}"
    return report
