"""The picture of the package holds: imports go to a lower level only, files stay short, the package imports fast."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import refebm

PACKAGE = Path(refebm.__file__).parent
LEVELS = [
    ["exact", "checks", "files", "softmin", "information", "gibbs", "quadrature"],
    ["layers", "lagrangian", "data"],
    ["costs", "decoders", "energies", "projection"],
    ["inference", "search", "manifold", "free_energy", "start", "potentials"],
    ["losses", "prediction", "sampling", "variational"],
    ["descent", "learning", "likelihood", "likelihood_learning", "vae", "vae_learning"],
    ["lecture", "lecture_horn", "lecture_likelihood", "lecture_vae"],
    ["figures", "figures_free", "figures_horn", "figures_likelihood", "figures_variational"],
    ["oracle.contract", "oracle.bugs", "oracle.bugs_softmin", "oracle.bugs_models", "oracle.bugs_probability"],
    ["oracle.bugs_regimes", "oracle.regimes", "oracle.terms"],
    ["oracle.catalogue", "oracle.cases", "oracle.judge", "oracle.adapters", "oracle.program", "oracle.report"],
    ["oracle.truth", "oracle.certify", "oracle.reference", "oracle.selftest", "oracle.commands"],
    ["__main__"],
]
# within a level, imports go to the left
ORDER = [name for level in LEVELS for name in level]
FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.stem != "__init__")


def name_of(path):
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def imports(path):
    """What a file imports from the package, as names like oracle.judge."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            inside = [*path.relative_to(PACKAGE).parts[:-1]]
            above = inside[: len(inside) - node.level + 1] + (node.module.split(".") if node.module else [])
            whole = ".".join(above)
            yield from [whole] if whole in ORDER else [".".join([*above, alias.name]) for alias in node.names]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_go_down(path):
    for name in imports(path):
        if name in ORDER:
            assert ORDER.index(name) < ORDER.index(name_of(path)), (
                f"{name_of(path)} imports {name}, which is not below it"
            )
        else:
            assert name == "__version__", f"{name_of(path)} imports {name}, which no level has"


def test_every_file_has_a_level():
    assert {name_of(p) for p in FILES} == set(ORDER)


def test_public_names():
    assert len(set(refebm.__all__)) == len(refebm.__all__)
    for name in refebm.__all__:
        assert getattr(refebm, name).__doc__
    text = (PACKAGE / "__init__.py").read_text()
    assert not re.search(r"^(def|class|for|if)\b", text, re.M)


def test_every_stage_has_its_adjoint_under_it():
    for path in FILES:
        names = [n.name for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef)]
        for above, name in zip(names, names[1:], strict=False):
            if name.endswith("_adjoint") and not name.endswith("_and_adjoint"):
                assert name == f"{above}_adjoint"


def test_import_is_cheap():
    code = "import sys, refebm; print([m for m in ('matplotlib', 'scipy') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
