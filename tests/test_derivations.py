"""The derivations hold: their examples run, their index is true, their links lead somewhere, and the errata are errata."""

import ast
import contextlib
import doctest
import importlib
import io
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import refebm

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "derivations"
PAGES = sorted(FOLDER.glob("*.md"))
TOPICS = [page.name for page in PAGES if page.name[0].isdigit() or page.name == "errata.md"]
IDS = [f"{letter}{i}" for letter, last in (("C", 29), ("L", 22), ("N", 14), ("W", 15)) for i in range(1, last + 1)]
ID = r"[CLNW]\d+"
ERRATA = "C1 C3 C11 C18 C29 N3 L22 L22 L7 L10 L13 L14 L15 L16 L18 L19 W2 N4 N13 W8"  # those known
WITHOUT_FUNCTION = {"C11"}  # physics: the name beta, nothing to compute


def text(page):
    return page.read_text(encoding="utf-8")


def prose(page):
    """The text without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text(page), flags=re.M | re.S)


def blocks(page):
    """(line, code) of every python block of a page."""
    found = re.finditer(r"^```python\n(.*?)^```$", text(page), flags=re.M | re.S)
    return [(text(page)[: m.start(1)].count("\n"), m[1]) for m in found]


def run(blocks, name):
    """Run blocks in one namespace; return what failed and how many ran.

    `>>>` ones are doctests. A plain one has to print what the comments after its prints say, line by line.
    """
    space, report, count = {"__name__": "__main__"}, [], 0
    for line, code in blocks:
        count += 1
        if ">>>" in code:
            test = doctest.DocTestParser().get_doctest(code, {}, name, name, line)
            test.globs = space  # shared, where DocTest would copy
            runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE)
            runner.run(test, out=report.append, clear_globs=False)
        else:
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile("\n" * line + code, name, "exec"), space)
            printed, said = out.getvalue(), re.findall(r"^print\(.*?\)(?:  # (.*))?$", code, flags=re.M)
            if printed.splitlines() != said:
                report.append(f"{name}, line {line}: printed {printed!r}, the comments say {said}")
    return report, count


# --- the examples


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.name)
def test_examples_run_as_printed(page, tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.chdir(tmp_path)
    report, _ = run(blocks(page), page.name)
    assert not report, "".join(report)


def test_a_wrong_example_is_noticed():
    right, wrong = (3, ">>> x = 1\n>>> x\n1\n"), (9, ">>> x + 1\n3\n")
    assert run([right], "page") == ([], 1)
    report, count = run([right, (6, "x = 1\n"), wrong], "page")
    assert count == 3
    assert len(report) == 1
    assert "line 10" in report[0]
    with pytest.raises(ZeroDivisionError):
        run([(0, "1 / 0\n")], "page")
    for plain, count in (("print(1)  # 1\nprint(2)  # 2\n", 0), ("print(1)  # 2\n", 1), ("print(1)\n", 1)):
        assert len(run([(0, plain)], "page")[0]) == count
    assert len(run([(0, ">>> print('1.23456')\n1.2...\n")], "page")[0]) == 1  # all of it is compared


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.name)
def test_examples_print_what_they_measured(page):
    # a number in a comment is compared with nothing, and drifts
    for _, code in blocks(page):
        assert not re.search(r"#.*\bmeasured\b", code), code


@pytest.mark.parametrize("name", TOPICS)
def test_every_section_has_an_example_and_none_is_missed(name):
    page = FOLDER / name
    fences = re.findall(r"^\s*```(.*)$", text(page), flags=re.M)
    assert fences[::2] == ["python"] * len(blocks(page)), "every fence opens as ```python, in the first column"
    assert fences[1::2] == [""] * len(blocks(page))
    for section in re.split(r"^## ", text(page), flags=re.M)[1:]:
        title = section.splitlines()[0]
        if title != "To come with their equations":
            assert "\n>>> print" in section or "\n...     print" in section, f"{name}: no example in {title!r}"
            assert re.match(rf"{ID} · ", title), f"{name}: section without an id: {title!r}"


# --- links


def anchors(page):
    """The anchors a forge gives the headings of a page: lower case, punctuation dropped, spaces to dashes, repeats numbered."""
    seen = {}
    for title in re.findall(r"^#+ (.*)$", prose(page), flags=re.M):
        anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        seen[anchor] = seen.get(anchor, -1) + 1
        yield f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor


def broken(page, link):
    """Why a relative link of a page leads nowhere, or nothing."""
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    if not target.exists():
        return f"{page.name}: no file {link}"
    if anchor and anchor not in anchors(target):
        return f"{page.name}: no heading {link}"
    return ""


def links(markdown):
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", markdown) if not link.startswith("http")]


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page):
    assert [why for link in links(prose(page)) if (why := broken(page, link))] == []


def test_broken_links_are_noticed():
    assert len([link for page in PAGES for link in links(prose(page))]) > 60
    page = FOLDER / "01-softmin.md"
    assert not broken(page, "#c13--the-actual-softmin")
    assert not broken(page, "errata.md#c18--logsumexp-is-not-softmax")
    assert "no file" in broken(page, "nowhere.md")
    assert "no heading" in broken(page, "#c13-the-actual-softmin")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_functions_named_in_the_text_exist(page):
    for name in re.findall(r"`(refebm(?:\.\w+)+)`", prose(page)):
        assert resolve(name) is not None


def resolve(name):
    """What `from <all but the last part> import <last part>` gives, for a class's attribute too."""
    parent, _, attribute = name.rpartition(".")
    try:
        found = importlib.import_module(parent)
    except ModuleNotFoundError:
        found = resolve(parent)
    return getattr(found, attribute)


def test_names_resolve_to_what_is_meant():
    assert resolve("refebm.softmin") is refebm.softmin
    assert resolve("refebm.numerics.rows.softmin_rows").__module__ == "refebm.numerics.rows"
    assert resolve("refebm.Energy.slopes") is refebm.Energy.slopes
    with pytest.raises(AttributeError):
        resolve("refebm.softmid")


# --- mathematics, as the forge renders it


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_mathematics_survives_markdown(page):
    body = re.sub(r"`[^`\n]*`", "", prose(page))
    assert body.count("$$") % 2 == 0
    displays = re.findall(r"\$\$(.*?)\$\$", body, flags=re.S)
    for line in "\n".join(displays).splitlines():
        assert not re.match(r"\s*([-+*>]\s|=+\s*$|#|\d+[.)]\s)", line), f"markdown of its own: {line!r}"
    inline = re.sub(r"\$\$.*?\$\$", "", body, flags=re.S)
    for paragraph in re.split(r"\n\s*\n|\n(?=[|#-])", inline):
        assert paragraph.count("$") % 2 == 0, paragraph
        for before, formula, after in re.findall(r"(^|.)\$([^$]+)\$(.|$)", paragraph, flags=re.S):
            assert before in ("", " ", "\n", "("), f"{formula!r} after {before!r}"
            assert after in ("", " ", "\n", *".,;:)"), f"{formula!r} before {after!r}"
            assert formula == formula.strip(), formula
            assert "\n" not in formula, formula
            displays.append(formula)
    for formula in displays:
        assert not re.search(r"\\operatorname|\\label|\\begin|\\[,;!:{}\\]|\*|\||<|`", formula), formula
        assert formula.count("{") == formula.count("}"), formula
        assert formula.count(r"\left") - formula.count(r"\leftarrow") == formula.count(r"\right"), formula


# --- the index


def rows():
    """{id: [equation, derivation, function, test]} and the ids in order, repeats included."""
    found = re.findall(rf"^\| ({ID}) \| (.*) \|$", text(FOLDER / "index.md"), flags=re.M)
    return {key: cells.split(" | ") for key, cells in found}, [key for key, _ in found]


def filled():
    return {key: cells for key, cells in rows()[0].items() if cells[1:] != ["not yet"] * 3}


def defined_tests(file):
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_index_has_every_id_once_in_order():
    table, order = rows()
    assert order == IDS
    assert all(len(cells) == 4 and all(cells) for cells in table.values())


def test_index_rows_are_filled_or_not_yet():
    for key, cells in filled().items():
        assert "not yet" not in " ".join(cells), key
    assert {f"C{i}" for i in range(1, 26)} | {"W5"} <= set(filled())


@pytest.mark.parametrize("key", sorted(filled(), key=IDS.index))
def test_index_row_is_true(key):
    _, derivation, function, test = filled()[key]
    targets = links(derivation)
    assert targets
    for target in targets:
        assert not broken(FOLDER / "index.md", target)
        assert target.split("#")[1].startswith(f"{key.lower()}--"), f"{target} is not a section on {key}"
    names = re.findall(r"`([^`]+)`", function)
    assert names or key in WITHOUT_FUNCTION
    for name in names:
        assert callable(resolve(name)), name
    tests = [name.split("::") for name in re.findall(r"`([^`]+)`", test)]
    assert tests
    for file, name in tests:
        assert name in defined_tests(file), f"{file} has no {name}"
    assert any(re.search(rf"_{key}(?!\d)", name) for _, name in tests), f"no test is named after {key}"


def test_index_leaves_no_section_out():
    listed = {target for cells in filled().values() for target in links(cells[1])}
    for name in TOPICS:
        sections = {f"{name}#{anchor}" for anchor in anchors(FOLDER / name) if re.match(r"[clnw]\d+--", anchor)}
        assert sections <= listed


def test_every_erratum_is_shown_or_announced():
    page = text(FOLDER / "errata.md")
    shown = re.findall(rf"^## ({ID}) · ", page, flags=re.M)
    announced = re.findall(rf"^\| ({ID}) \|", page, flags=re.M)
    assert not Counter(ERRATA.split()) - Counter(shown + announced)
    assert not set(announced) & set(filled()), "of an equation that has come the erratum is shown"


# --- the errata, beside the examples on their page


def test_C1_one_shared_draw_would_leave_a_direction_without_noise():
    rng = np.random.default_rng(3)
    drawn = refebm.observe(np.zeros(4000), rng, sigma=1e-3)
    # Where the tangent is diagonal, noise along the diagonal does not leave the curve: 2 sin z = 1.5 cos z up to sign.
    z = np.arctan2(1.5, -2)
    shared = [2 * np.cos(z), 1.5 * np.sin(z)] + rng.normal(0, 1e-3, (4000, 1)) * [1, 1]
    spread = np.sqrt(refebm.infer(shared, (2, 1.5)).fun.mean())
    assert spread < 1e-5
    assert np.sqrt(refebm.infer(drawn, (2, 1.5)).fun.mean()) == pytest.approx(1e-3, rel=0.1)


def test_C3_a_closed_grid_counts_a_point_twice():
    closed = np.linspace(0, 2 * np.pi, 49)
    assert len(closed) != 2 * np.pi / (np.pi / 24)
    fine = refebm.free_energy(refebm.ellipse, (1.2, 0.9), refebm.latent_grid(4800), (2, 1.5), 1.0)
    errors = [
        refebm.free_energy(refebm.ellipse, (1.2, 0.9), z, (2, 1.5), 1.0) - fine for z in (closed, refebm.latent_grid())
    ]
    assert abs(errors[0]) > 1e-3
    assert abs(errors[1]) < 1e-13


def test_C11_mean_kinetic_energy_is_three_halves():
    # <E> = -d log Z / d beta with Z = integral of exp(-beta v^2 / 2) over three dimensions, for mass 1.
    v, dv = np.linspace(0, 60, 60_001, retstep=True)
    for T in (0.5, 1.0, 3.0):
        weight = v**2 * np.exp(-(v**2) / (2 * T))
        energy = (v**2 / 2 * weight).sum() / weight.sum()
        assert energy == pytest.approx(3 / 2 * T, rel=1e-10)
        assert abs(energy - 2 / 3 * T) > 0.8 * T
    assert dv == pytest.approx(1e-3)


def test_C18_logsumexp_lacks_the_count():
    s = np.array([0.3, 0.5, 1.0, 1.0])
    for beta in (0.1, 1.0, 10.0):
        line = np.log(np.exp(beta * s).sum()) / beta
        assert line > s.max()
        assert line - np.log(len(s)) / beta == pytest.approx(refebm.softmax(s, beta), rel=1e-14)


def test_N3_and_C10_differ_by_the_size_of_Z():
    z = refebm.latent_grid()
    y = np.array([[1.2, 0.9], [0.0, 0.0], [-3.0, 1.0]])
    for beta in (0.1, 1.0, 3.0):
        notes = -np.log(np.exp(-beta * refebm.ellipse(y, z, (2, 1.5))).sum(axis=1) * (2 * np.pi / 48)) / beta
        deck = refebm.free_energy(refebm.ellipse, y, z, (2, 1.5), beta)
        assert deck - notes == pytest.approx(np.full(3, np.log(2 * np.pi) / beta), rel=1e-12)
