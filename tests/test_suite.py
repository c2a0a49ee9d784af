"""What the tests' own settings promise: which warnings and skipped tests fail; and that CI runs what the README says."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from refebm.__main__ import main

HERE = Path(__file__).parent
# a test's name, the module that a line is of, and the line
LINES = [
    ("own_word", "refebm.numerics.soft", "warnings.warn('a word')"),
    ("own_overflow", "refebm.numerics.soft", "np.exp(np.array([1e3]))"),
    ("overflow_below", "refebm.numerics.soft", "np.mean(np.array([]))"),
    ("own_file_left_open", "refebm.lectures.observations", "open(os.devnull)"),
    ("test_line", "test_made", "np.array([1.0]) / 0"),
    ("example", "__main__", "np.log(np.array([-1.0]))"),
    ("other_deprecation", "pyparsing.util", "warnings.warn('next year', DeprecationWarning)"),
    ("other_word", "matplotlib.figure", "warnings.warn('a word')"),
    ("other_file_left_open", "matplotlib.cbook", "open(os.devnull)"),
    ("deprecated_call", "refebm.lectures.horn", "warnings.warn('no more', DeprecationWarning)"),
    ("deprecated_soon", "refebm.lectures.horn", "warnings.warn('no more', PendingDeprecationWarning)"),
    ("change_to_come", "refebm.lectures.horn", "warnings.warn('other', FutureWarning)"),
    ("no_package", "test_made", "pytest.importorskip('no_such_package')"),
    ("no_program", "test_made", "pytest.skip('there is no Node')"),
]
ALWAYS = {"own_word", "own_overflow", "overflow_below", "own_file_left_open", "test_line", "example"}
IF_COMPLETE = {"deprecated_call", "deprecated_soon", "change_to_come", "no_package"}


@pytest.mark.parametrize("options", [(), ("--complete",)], ids=["plain", "complete"])
def test_only_warnings_of_refebms_own_doing_are_errors(options, tmp_path):
    """Seen in a run of its own, with these settings and this conftest.py."""
    file = tmp_path / "test_made.py"
    space = "{'__name__': %r, 'np': np, 'os': os, 'pytest': pytest, 'warnings': warnings}"
    tests = [f"def test_{name}():\n    exec({line!r}, {space % module})\n" for name, module, line in LINES]
    file.write_text("import os, warnings\nimport numpy as np\nimport pytest\n" + "\n".join(tests), "utf-8")
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    command = [
        "-m",
        "pytest",
        "-c",
        HERE.parent / "setup.cfg",
        "-p",
        "conftest",
        "-p",
        "no:cacheprovider",
        *options,
        file,
    ]
    env = {**os.environ, "PYTHONPATH": path}
    out = subprocess.run([sys.executable, *command], capture_output=True, text=True, env=env).stdout
    failed = set(re.findall(r"^(?:FAILED|ERROR) .*::test_(\w+)", out, re.M))
    assert failed == ALWAYS | (IF_COMPLETE if options else set()), out


@pytest.fixture
def fresh():
    """The file that runs the README's commands."""
    spec = importlib.util.spec_from_file_location("fresh_machine", HERE.parent / ".ci" / "fresh.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_readmes_commands_are_found_and_its_example_is_right(fresh, tmp_path, monkeypatch):
    commands = fresh.commands()
    assert all("pip install" in command for command in commands)
    for words in ("refebm check", "refebm lecture", "'.[test]'", "'.[dev]'"):
        assert any(words in command for command in commands), words
    monkeypatch.chdir(tmp_path)
    for name, text in fresh.files().items():
        Path(name).write_text(text, "utf-8")
    for command in commands:
        if found := re.search(r"refebm (check .*)", command):
            assert main(found[1].split()) == 0, command


def test_the_lowest_versions_are_those_of_the_settings(fresh):
    setup = (HERE.parent / "setup.cfg").read_text("utf-8")
    assert {row.split("==")[0] for row in fresh.lowest()} == {"numpy", "scipy", "matplotlib", "pytest", "hypothesis"}
    for row in fresh.lowest():
        assert f"    {row.replace('==', '>=')}\n" in setup
