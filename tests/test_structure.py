"""The picture of the package holds: folders in the order in which data flows, short files and functions, a fast import."""

import ast
import inspect
import re
import statistics
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import refebm

PACKAGE = Path(refebm.__file__).parent
# Imports go to the left only, and inside a folder never round in a circle.
FOLDERS = ["numerics", "parts", "energies", "inference", "learning", "sampling", "models", "lectures", "oracle"]
TOP = ["__init__", "files", "streams", "__main__"]
FILES = {p.relative_to(PACKAGE).with_suffix("").parts: p for p in sorted(PACKAGE.rglob("*.py"))}
MODULES = {name: path for name, path in FILES.items() if name[-1] != "__init__"}


def imports(name):
    """The modules of the package that one of them imports, wherever in it."""
    for node in ast.walk(ast.parse(MODULES[name].read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = (*name[: len(name) - node.level], *(node.module.split(".") if node.module else []))
            yield from [above] if above in MODULES else [(*above, alias.name) for alias in node.names]


@cache
def floor(name):
    """1 for a module that imports none, else one above the highest that it imports; no end where imports go in a circle."""
    return 1 + max((floor(other) for other in imports(name) if other in MODULES), default=0)


@pytest.mark.parametrize("name", MODULES, ids=".".join)
def test_imports_go_down(name):
    for other in imports(name):
        assert other in MODULES or other == ("__version__",), other
        if len(name) > 1 and len(other) > 1:
            assert FOLDERS.index(other[0]) <= FOLDERS.index(name[0]), f"{name} imports {other}, which is not below it"
        elif len(name) > 1:
            assert other in [("files",), ("streams",)]
        if name[0] == other[0] == "models":  # a system stands by itself: vae and vae_learning are one
            assert name[1].split("_")[0] == other[1].split("_")[0], f"{name} imports another system's {other}"


def test_folders_are_those_named():
    assert {name[0] for name in FILES if len(name) > 1} == set(FOLDERS)
    inner = {("oracle", name) for name in ("chance", "diagnosis", "domains", "laws", "rows")}
    assert {name[:-1] for name in FILES if len(name) > 2} == inner
    assert {name[0] for name in FILES if len(name) == 1} == set(TOP)


def test_there_are_few_floors():
    assert max(floor(name) for name in MODULES) <= 9


ROWS = [name for name in MODULES if name[:2] == ("oracle", "rows")]


def test_what_judges_knows_no_subject():
    """The oracle finds its rows, and imports none of them, nor any of the functions that they judge."""
    for name in set(MODULES) - set(ROWS):
        if name[0] == "oracle":
            assert not set(imports(name)) & set(ROWS), name
            assert {other for other in imports(name) if other[0] != "oracle"} <= {("files",), ("numerics", "checks")}
    assert floor(("oracle", "commands")) <= 8


@pytest.mark.parametrize("name", ROWS, ids=".".join)
def test_truth_knows_nothing_of_the_package(name):
    """Its functions are named in a row's last section alone, under the right ways."""
    body = ast.parse(MODULES[name].read_text()).body
    outside = [node for node in body if isinstance(node, ast.ImportFrom) and node.level == 3]
    own = {alias.asname or alias.name for node in outside for alias in node.names} - {"Array"}
    last = next(i for i, node in enumerate(body) if ast.unparse(node).startswith("RIGHT ="))
    above = [node for node in body[: last + 1] if not isinstance(node, ast.ImportFrom)]
    names = {node.id for statement in above for node in ast.walk(statement) if isinstance(node, ast.Name)}
    assert own
    assert not {name for name in names if name in own or name.startswith("own")}
    assert not any(isinstance(node, ast.Import) and "refebm" in node.names[0].name for node in body)


def test_no_module_has_a_public_functions_name():
    functions = {name for name in refebm.__all__ if inspect.isroutine(getattr(refebm, name))}
    assert not {name[-1] for name in MODULES} & functions


def test_public_names():
    assert len(set(refebm.__all__)) == len(refebm.__all__)
    for name in refebm.__all__:
        assert getattr(refebm, name).__doc__
    text = (PACKAGE / "__init__.py").read_text()
    assert not re.search(r"^(def|class|for|if)\b", text, re.M)


def test_every_stage_has_its_adjoint_under_it():
    for path in FILES.values():
        names = [n.name for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef)]
        for above, name in zip(names, names[1:], strict=False):
            if name.endswith("_adjoint") and not name.endswith("_and_adjoint"):
                assert name == f"{above}_adjoint"


def statements(function):
    """Lines of a function's body, without its docstring and the blank ones."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return sum(bool(line.strip()) for line in ast.unparse(body).splitlines())


def test_files_are_short():
    lengths = {name: len(path.read_text().splitlines()) for name, path in MODULES.items()}
    assert not {name: lines for name, lines in lengths.items() if lines > 250}
    assert statistics.median(lines for name, lines in lengths.items() if "rows" not in name) <= 110


def test_functions_are_short():
    trees = [ast.parse(path.read_text()) for path in MODULES.values()]
    lengths = sorted(statements(f) for tree in trees for f in ast.walk(tree) if isinstance(f, ast.FunctionDef))
    assert statistics.median(lengths) <= 4
    assert lengths[int(0.9 * len(lengths))] <= 15
    assert lengths[-1] <= 40


def test_import_is_cheap():
    code = "import sys, refebm; print([m for m in ('matplotlib', 'scipy') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
