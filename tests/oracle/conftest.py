"""The diagnosis takes up to a second for each wrong function: it runs in its own tests alone."""

import pytest


@pytest.fixture(autouse=True)
def undiagnosed(request, monkeypatch):
    if request.path.name != "test_oracle_diagnosis.py":
        monkeypatch.setattr("refebm.oracle.report.diagnose", lambda found, call: "")
