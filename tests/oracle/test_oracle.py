"""The oracle: its vectors are true, it catches what is wrong by name, it passes what is right, and nothing is silent."""

import hashlib
import json
import shutil
import subprocess
import sys
import types
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy.special import kl_div, rel_entr, xlogy

from refebm.__main__ import main
from refebm.oracle import assert_right, certify, check, reference, selftest
from refebm.oracle.chance import drawn
from refebm.oracle.contract import CATALOGUE, CONTRACT, DRAWS, FILES, SAMPLERS, SUBJECTS, bugs_of, cases, run
from refebm.oracle.judge import K, deviation, judge, vectors
from refebm.oracle.misbehaviours import MISBEHAVIOURS
from refebm.oracle.program import CommandAdapter
from refebm.oracle.report import execute, lines

HERE = Path(__file__).parent
FOLDER = Path(reference.__file__).parent / "vectors"
sys.path.insert(0, str(HERE))
from fresh import RIGHT, draws, in_single, worst_of  # noqa: E402

QUIET = "ignore::RuntimeWarning"


# --- the vectors


def test_every_function_has_cases_vectors_a_reference_and_bugs():
    assert set(SUBJECTS) == {p.stem for p in FOLDER.glob("*.json")}
    for function, row in CONTRACT.items():
        assert callable(getattr(reference, function))
        assert len(bugs_of(function)) >= 5
        rows = vectors(function)
        assert len({v["id"] for v in rows}) == len(rows) >= 3
        for vector, (why, arguments) in zip(rows, cases(function), strict=True):
            assert vector["why"] == why
            assert list(vector["arguments"]) == list(arguments) == list(row.arguments)
            for name, value in arguments.items():
                assert np.array_equal(vector["arguments"][name], value)
    assert len(CATALOGUE) >= 150
    assert len({bug.id for bug in CATALOGUE}) == len(CATALOGUE)


def test_a_new_row_changes_no_others_inputs(monkeypatch):
    """Neither those of the vectors nor, were they copied, its neighbour's: without a seed a function draws by its name."""
    new = replace(CONTRACT["softplus"], seed=None)
    monkeypatch.setattr("refebm.oracle.contract.CONTRACT", {"a_new_one": new, **CONTRACT, "z": new})
    for function in CONTRACT:
        for vector, (_, arguments) in zip(vectors(function), cases(function), strict=True):
            assert all(np.array_equal(vector["arguments"][name], v) for name, v in arguments.items())
    first, last = (dict(cases(name)) for name in ("a_new_one", "z"))
    for why in ("plain", "every unit below 0"):
        assert not np.array_equal(first[why]["u"], last[why]["u"])


def test_the_row_files_are_found_in_order_and_each_is_whole():
    files = sorted(path.stem for path in Path(reference.__file__).parent.glob("rows/[!_]*.py"))
    assert files == list(FILES)
    assert sum(len(subject.ROWS) for subject in SUBJECTS.values()) == len(CONTRACT)
    for file in FILES.values():
        names = {*getattr(file, "ROWS", ()), *getattr(file, "DRAWS", ())}
        assert names == set(file.RIGHT) == set(file.PACKAGE) >= set(getattr(file, "RESTS_ON", ()))


@pytest.mark.parametrize("function", CONTRACT)
def test_inputs_are_designed(function):
    """Exact in float32, beta neither 0 nor 1; truth of 40 digits that is float64's; no scale below its size."""
    subject = next(name for name, rows in SUBJECTS.items() if function in rows.ROWS)
    data = json.loads((FOLDER / f"{subject}.json").read_text("utf-8"))["functions"][function]
    written = {v["id"]: v for v in data["vectors"]}
    for vector in vectors(function):
        for name, value in vector["arguments"].items():
            assert np.array_equal(value.astype(np.float32).astype(float), value)
            limits = CONTRACT[function].limits.get(name, "")
            assert np.isfinite(value).all() or ("inf" in limits and not np.isnan(value).any() and value.min() > -np.inf)
            if name == "beta":
                assert value != 1
                assert value != 0 or "0" in limits
        digits = written[vector["id"]]["truth"]
        assert np.array(written[vector["id"]]["scale"]).dtype.kind in "if"  # numbers, not strings
        # an ulp where the truth is exactly between two doubles, and has more than 40 digits
        size = np.where(np.isinf(vector["float64"]), 0, np.abs(vector["float64"]))
        read = np.vectorize(float)(np.array(digits))
        assert ((read == vector["float64"]) | (np.abs(read - size * np.sign(read)) <= np.spacing(size))).all()
        assert (vector["scale"] >= size * (1 - 1e-5)).all()
        assert (vector["terms"] >= vector["scale"] * (1 - 1e-5)).all()


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_file_holds_its_subjects_functions_and_the_digest_of_them(subject):
    content = (FOLDER / f"{subject}.json").read_bytes()
    data = json.loads(content)
    assert list(data["functions"]) == list(SUBJECTS[subject].ROWS)
    assert data["version"] == certify.VERSION
    assert hashlib.sha256(content.split(b"\n", 1)[1]).hexdigest() == data["sha256"]


def test_the_readme_counts_as_it_is():
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert f"the [{len(CONTRACT)} functions of the contract and {len(DRAWS)} that draw]" in readme
    assert f"Each of the {sum(len(vectors(function)) for function in CONTRACT)} vectors" in readme
    assert f"catalogue holds {len(CATALOGUE)} mistakes" in readme
    assert f"so are {len(MISBEHAVIOURS)} misbehaviours" in readme


@pytest.mark.parametrize("function", CONTRACT)
def test_vectors_are_built_again_as_they_are(function):
    """Every sixth of them; `refebm certify` builds all."""
    pytest.importorskip("mpmath", minversion="1.4", reason="needs mpmath 1.4 (pip install '.[dev]')")
    subject = next(name for name, rows in SUBJECTS.items() if function in rows.ROWS)
    written = json.loads((FOLDER / f"{subject}.json").read_text("utf-8"))["functions"][function]["vectors"]
    designed = list(cases(function))
    assert [v["why"] for v in written] == [why for why, _ in designed]
    for i in range(len(function) % 6 % len(written), len(written), 6):
        assert json.dumps(certify.vector(function, *designed[i])) == json.dumps(written[i])


def test_certify_of_one_subject_leaves_the_others_alone(tmp_path, capsys):
    pytest.importorskip("mpmath", minversion="1.4", reason="needs mpmath 1.4 (pip install '.[dev]')")
    for path in FOLDER.glob("*.json"):
        (tmp_path / path.name).write_text(f"{path.stem}\n", "utf-8")
    assert main(["certify", "langevin", "margins", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"written to {tmp_path}: langevin.json, margins.json\n"
    for path in FOLDER.glob("*.json"):
        built = path.stem in ("langevin", "margins")
        assert (tmp_path / path.name).read_text("utf-8") == (path.read_text("utf-8") if built else f"{path.stem}\n")
    assert main(["certify", "langevin", "--out", str(tmp_path)]) == 0
    assert "byte for byte" in capsys.readouterr().out
    assert main(["certify", "langevin", "marginals", "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("refebm certify: error: SUBJECT: expected some of auto_encoder, ")
    assert error.endswith(", got marginals\n")


def test_two_routes_that_differ_are_noticed(monkeypatch):
    mpmath = pytest.importorskip("mpmath", minversion="1.4", reason="needs mpmath 1.4 (pip install '.[dev]')")
    row = CONTRACT["softplus"]
    true, _ = row.truth

    def second(route):
        monkeypatch.setitem(CONTRACT, "softplus", replace(row, truth=(true, route)))

    second(lambda u: true(u) * (1 + mpmath.mpf(10) ** -20))
    with pytest.raises(ArithmeticError, match=r"softplus: two routes differ"):
        certify.build("softplus")
    # of the smallest of its answers, exp(-80), that is 1e-26
    second(lambda u: true(u) + mpmath.mpf(10) ** -60)
    with pytest.raises(ArithmeticError, match=r"softplus: two routes differ by 5.*e-26"):
        certify.build("softplus")


@pytest.mark.parametrize("version", ["1.3.0", None])
def test_certify_without_its_mpmath_writes_nothing(version, tmp_path, capsys, monkeypatch):
    module = types.ModuleType("mpmath")
    module.__version__ = version
    monkeypatch.setitem(sys.modules, "mpmath", module if version else None)
    assert main(["certify", "--out", str(tmp_path)]) == 2
    assert (
        f"mpmath: expected version 1.4 or newer (pip install 'refebm[dev]'), got {version or 'none'}"
        in capsys.readouterr().err
    )
    assert not list(tmp_path.iterdir())


def test_certify_that_breaks_off_writes_nothing(tmp_path, monkeypatch):
    def build(function):
        if function == list(CONTRACT)[-1]:
            raise ArithmeticError
        return {"vectors": []}

    monkeypatch.setattr(certify, "build", build)
    with pytest.raises(ArithmeticError):
        certify.certify(tmp_path)
    assert not list(tmp_path.iterdir())


# --- the proof


def test_kill_matrix(monkeypatch):
    """Every bug refused by two vectors at least, named rightly in 95 % and never wrongly; refebm's own right; no mpmath."""
    monkeypatch.setitem(sys.modules, "mpmath", None)
    table = list(selftest.rows())
    assert selftest.passed(table), "\n".join(selftest.lines(table))
    assert sum(len(row.bugs) for row in table) == len(CATALOGUE)
    assert max(row.own.worst for row in table) < K / 8  # 6.8: far from the ellipse, coordinates of 1e6 beside 1e-2


@pytest.mark.long
def test_kill_matrix_in_float32():
    """Bugs of float32 implementations: all that float32 can show are refused, none taken for another, 95 % named."""
    named, shown = 0, [bug for bug in CATALOGUE if bug.name != "float32" and most_of(bug) > 2 * K * 2**29]
    assert len(shown) >= 0.97 * len(CATALOGUE)
    for bug in shown:
        verdict = judge(
            bug.function, lambda name, a, bug=bug: (_single(selftest.mutant_of(bug)(*a.values())), "float32")
        )
        assert verdict.verdict != "PASS", bug.id
        assert verdict.match in ("", bug.id), f"{bug.id} taken for {verdict.match}"
        named += verdict.match == bug.id
    assert named >= 0.95 * len(CATALOGUE)


def most_of(bug):
    """Its largest error in u S, u of float64."""
    return max(deviation(run(bug.code, v["arguments"]), v["float64"], v["scale"]) for v in vectors(bug.function))


def _single(answer):
    with np.errstate(all="ignore"):
        return np.asarray(answer).astype(np.float32).astype(float)


@pytest.mark.filterwarnings(QUIET)
@pytest.mark.parametrize("function", CONTRACT)
def test_no_false_alarm(function):
    """Right ways of writing a function, in float64 and in float32, may lose digits; they are never wrong, nor taken for a bug."""
    ways = RIGHT[function]
    assert len(ways) >= (7 if function == "softmin" else 2)
    for way in ways:
        for code in (way, in_single(way)):
            verdict = check({function: code}).verdicts[0]
            assert verdict.verdict in ("PASS", "INACCURATE"), (
                verdict.worst,
                verdict.match,
                verdict.failed,
                verdict.message,
            )
            assert not verdict.match


@pytest.mark.long
@pytest.mark.filterwarnings(QUIET)
@pytest.mark.parametrize(
    "function", [name for i, name in enumerate(CONTRACT) if i % 3 == 0 or not CONTRACT[name].domain]
)
def test_no_false_alarm_on_fresh_inputs(function):
    """A smaller run of tests/benchmarks/oracle_gap.py."""
    rng = np.random.default_rng(5)
    problems = [problem for _ in range(3) for problem in draws(function, rng)]
    for i, way in enumerate(RIGHT[function]):
        for dtype, (_, lost) in worst_of(way, problems).items():
            assert lost <= 1, (i, dtype)


def test_a_value_that_is_wrong_with_a_consistent_gradient_is_caught():
    """What a gradient self-check cannot see: F without its count has the right slope."""
    z_slope = check({"ellipse_slope_y": reference.ellipse_slope_y})
    value = check(
        {"ellipse_free_energy": lambda y, z, w, b: reference.ellipse_free_energy(y, z, w, b) - np.log(len(z)) / b}
    )
    assert z_slope.code == 0
    assert value.code == 1
    assert value.verdicts[0].match == "ellipse_free_energy/no-count"


# --- the judgement


def test_deviation_is_in_units_of_u_S():
    truth, scale = np.array([1.0, -2.0]), np.array([1.0, 4.0])
    assert deviation(truth, truth, scale) == 0
    assert deviation(truth + [0, 2.0**-51], truth, scale) == pytest.approx(1)
    assert deviation(truth + [0, 2.0**-51], truth, scale, "float32") == pytest.approx(2.0**-29)
    assert deviation(truth[:1], truth, scale) == np.inf
    assert deviation(np.array([np.nan, -2]), truth, scale) == np.inf
    assert deviation(np.array([np.inf]), np.array([np.inf]), np.ones(1)) == 0


def verdict_of(functions):
    return check(functions).verdicts[0]


def test_inaccurate_says_how_many_digits_are_left():
    found = verdict_of({"gaussian_kl": lambda m, s, r: np.log(r / s) + (m * m + s * s) / (2 * r * r) - 0.5})
    assert found.verdict == "INACCURATE"
    assert 0 <= found.digits < 8
    assert check({"gaussian_kl": lambda m, s, r: np.log(r / s) + (m * m + s * s) / (2 * r * r) - 0.5}).code == 2


def test_a_declared_convention_is_held_to_as_many_digits():
    def textbook(base):
        return lambda m, s, r: (np.log(r / s) + (m * m + s * s) / (2 * r * r) - 0.5) / np.log(base)

    nats = check({"gaussian_kl": textbook(np.e)})
    bits = check({"gaussian_kl": textbook(2), "CONVENTIONS": {"gaussian_kl": "bits"}})
    assert (nats.code, bits.code) == (2, 2)
    assert bits.verdicts[0].worst == pytest.approx(nats.verdicts[0].worst, rel=0.5)


def test_where_digits_may_be_lost_not_anything_goes():
    """Where plain formulas cancel, lost digits are forgiven, and no answer that is of another size."""

    def absurd(E, beta):
        return reference.softmin(E, beta) if beta > 1e-6 else np.full(len(E), -1e30)

    assert verdict_of({"softmin": absurd}).verdict == "WRONG"
    assert (
        verdict_of({"kl": lambda q, p: np.where(reference.kl(q, p) < 1e-6, -123, reference.kl(q, p))}).verdict
        == "WRONG"
    )
    plain = {
        "softmin": lambda E, beta: -np.log(np.exp(-beta * (E - E.min(1, keepdims=True))).mean(1)) / beta + E.min(1)
    }
    assert verdict_of(plain).verdict == "INACCURATE"


LOSES_SMALL = {
    "one less the sigmoid": ("log_loss_slope", lambda F, H: 1 - 1 / (1 + np.exp(F - H))),
    "the logarithm of a number near 1": ("log_loss", RIGHT["log_loss"][2]),
    "softplus as a logarithm": ("softplus", RIGHT["softplus"][2]),
    "a weight as the rest of the others": ("softargmin", lambda E, b: 1 - _others(reference.softargmin(E, b))),
}


def _others(p):
    return p @ (1 - np.eye(p.shape[1]))


@pytest.mark.filterwarnings(QUIET)
@pytest.mark.parametrize("kind", LOSES_SMALL)
def test_small_answers_that_are_lost_are_no_mistake(kind):
    """Where a right formula holds a 1, an answer of 1e-17 may come out as 0; 1e-12 may not."""
    function, code = LOSES_SMALL[kind]
    for precision in (code, in_single(code)):
        found = verdict_of({function: precision})
        assert (found.verdict, found.message, found.match) == ("INACCURATE", "small answers lost", "")
    assert verdict_of({function: lambda *a: code(*a) + 1e-12}).verdict == "WRONG"


@pytest.mark.filterwarnings(QUIET)
def test_kl_is_judged_by_the_conditioning_of_its_own_formula():
    """SciPy's and PyTorch's lose digits near q = p, as the contract's formula does."""
    forms = [
        lambda q, p: kl_div(q, p).sum(axis=1),
        lambda q, p: rel_entr(q, p).sum(axis=1),
        lambda q, p: (xlogy(q, q) - q * np.log(p)).sum(axis=1),  # torch.nn.functional.kl_div
    ]
    for form in forms:
        assert check({"kl": form}).code == 0
        assert check({"kl": in_single(form)}, dtype="float32").code == 0


@pytest.mark.parametrize("function", CONTRACT)
def test_what_may_be_lost_covers_no_wrong_formula(function):
    """The other sign, nothing at all, a hundredth too much: WRONG, however small some answers are."""
    right = getattr(reference, function)
    for factor in (-1.0, 0.0, 1.01):
        for dtype in (np.float64, np.float32):
            found = verdict_of({function: lambda *a, f=factor, d=dtype: np.asarray(right(*a) * f, d)})
            assert found.verdict == "WRONG"


def test_what_is_nearly_right_and_known_is_named_and_mended():
    run = check({"softplus": lambda u: np.where(u > 20, u, np.logaddexp(0, u))})
    assert (run.verdicts[0].verdict, run.verdicts[0].match) == ("INACCURATE", "softplus/threshold-20")
    assert any("as PyTorch's softplus has it" in line for line in lines(run))
    single = check({"softplus": in_single(lambda u: np.where(u > 20, u, np.logaddexp(0, u)))}, dtype="float32")
    assert single.code == 0  # there it is right


def test_the_report_says_float32_and_what_to_do(capsys):
    run = check({"softmin": lambda E, beta: reference.softmin(E, beta).astype(np.float32)}, dtype="float32")
    assert any("(as float32)" in line for line in lines(run))
    plain = {"gaussian_kl": lambda m, s, r: np.log(r / s) + (m * m + s * s) / (2 * r * r) - 0.5}
    words = "Nearly right: an approximation, an added constant, or lost digits (L14)."
    assert any(words in line for line in lines(check(plain)))
    everything = check(reference)
    assert not any("others" in line for line in lines(everything))
    assert check({"softmin": reference.softmin}, ["softmin", "softmin"]).planned == ["softmin"]


def test_unknown_mistakes_are_wrong_without_a_name():
    found = verdict_of({"softmin": lambda E, beta: reference.softmin(E, beta) * 1.01})
    assert (found.verdict, found.match) == ("WRONG", "")


def test_conventions_are_told_apart_and_can_be_declared():
    bits = {"kl": lambda q, p: reference.kl(q, p) / np.log(2)}
    found = check(bits)
    assert (found.verdicts[0].verdict, found.verdicts[0].match, found.code) == ("CONVENTION", "bits", 1)
    assert check(bits | {"CONVENTIONS": {"kl": "bits"}}).code == 0
    not_so = check({"kl": reference.kl, "CONVENTIONS": {"kl": "bits"}})
    assert not_so.code == 1
    assert not_so.verdicts[0].message == "right, were 'bits' not declared"
    assert check({"kl": reference.kl, "CONVENTIONS": {"kl": "decibels"}}).code == 3
    summed = {"ellipse_slope_w": lambda y, z, w, beta: len(y) * reference.ellipse_slope_w(y, z, w, beta)}
    assert verdict_of(summed).match == "sum"


# --- adapters: nothing is silent


BAD = {
    "nothing at all": (lambda E, beta: None, "ERROR", 3, "got NoneType"),
    "always the same": (lambda E, beta: np.ones(len(E)), "WRONG", 1, "always the same answer, 1"),
    "not a number": (lambda E, beta: np.where(E.min(axis=1) > 0, np.nan, E[:, 0]), "WRONG", 1, "NaN or infinite for"),
    "infinite": (lambda E, beta: np.full(len(E), np.inf), "WRONG", 1, "always the same answer, inf"),
    "a wrong shape": (lambda E, beta: np.ones((len(E), 1)), "WRONG", 1, "was expected"),
    "a number": (lambda E, beta: 1.0, "WRONG", 1, "shape () where"),
    "text": (lambda E, beta: "three", "ERROR", 3, "got str"),
    "an exception": (lambda E, beta: 1 / 0, "ERROR", 3, "raised ZeroDivisionError"),
    "the end": (lambda E, beta: sys.exit(0), "ERROR", 3, "softmin raised SystemExit: 0"),
    "masked": (lambda E, beta: np.ma.masked_less(reference.softmin(E, beta), 1e9), "ERROR", 3, "masked entries"),
    "truth values": (lambda E, beta: E[:, 0] > 0, "ERROR", 3, "numbers of type bool"),
    "complex": (lambda E, beta: reference.softmin(E, beta) + 0j, "ERROR", 3, "numbers of type complex128"),
}


@pytest.mark.parametrize("kind", BAD)
def test_every_way_of_failing_has_its_verdict(kind):
    code, verdict, exit_code, words = BAD[kind]
    run = check({"softmin": code})
    assert (run.verdicts[0].verdict, run.code) == (verdict, exit_code)
    assert words in run.verdicts[0].message


def test_implementations_cannot_change_the_vectors():
    def spoil(E, beta):
        answer = reference.softmin(E, beta)
        E[:] = 0
        return answer

    for _ in range(2):
        found = check({"softmin": spoil}).verdicts[0]
        assert (found.failed, list(found.behaviour)) == ([], ["mutates"])


def test_nothing_offered_and_not_all_ran():
    assert check({}).code == 4
    run = check({"softmin": reference.softmin}, ["softmin", "kl"])
    assert run.code == 4
    assert run.planned == ["softmin", "kl"]
    assert len(run.verdicts) == 1
    assert check({"softmin": reference.softmin}).code == 0  # a file that holds softmin alone is checked for softmin
    assert {name.split("/")[0] for name in check({"softmin": reference.softmin}).blind()} == {*CONTRACT, *DRAWS} - {
        "softmin"
    }


def test_the_line_in_a_test():
    module = types.ModuleType("mine")
    module.softmin, module.kl = reference.softmin, reference.kl
    assert_right(module)
    module.kl = lambda q, p: -reference.kl(q, p)
    with pytest.raises(AssertionError, match=r"kl/sign"):
        assert_right(module)


PROGRAM = """
import json, sys, time
sys.path.insert(0, {path!r})
import numpy as np
from refebm.oracle import reference
from refebm.oracle.certify import nested
for line in sys.stdin:
    request = json.loads(line)
    if "echo" in request:
        reply = {{"protocol": 1, "dtype": "float64", "functions": ["softmin", "kl"], "echo": request["echo"]}}
        {hello}
    else:
        assert set(request) == {{"id", "function", "arguments"}}
        a = {{k: np.array(v) if isinstance(v, list) else v for k, v in request["arguments"].items()}}
        reply = {{"id": request["id"], "result": nested(np.asarray(getattr(reference, request["function"])(*a.values())))}}
        {reply}
    print(json.dumps(reply), flush=True)
"""
PROGRAMS = {
    "right": ("pass", "pass", 0, "planned 2, ran 2"),
    "old protocol": ("reply['protocol'] = 2", "pass", 3, "expects protocol 1, got 2"),
    "no functions": ("del reply['functions']", "pass", 3, "expects a list of functions"),
    "functions of no contract": ("reply['functions'] = ['x']", "pass", 4, "planned 0"),
    "a slip of the pen": ("reply['functions'] = ['kl', 'sofmin']", "pass", 4, "not of the contract: sofmin"),
    "conventions of no form": ("reply['conventions'] = ['kl']", "pass", 3, "conventions: expected names"),
    "conventions of nothing": ("reply['conventions'] = {'lk': 'bits'}", "pass", 3, "contract, got lk"),
    "closes its output": ("pass", "import os; os.close(1); time.sleep(60)", 3, "closed its output at kl"),
    "answers too deeply": ("pass", "print('[' * 100000, flush=True); continue", 3, "no JSON"),
    "answers truth values": (
        "pass",
        "reply['result'] = [True] * len(reply['result'])",
        3,
        "expected numbers in nested",
    ),
    "lossy printer": (
        "reply['echo'] = [float('%.6g' % v) for v in reply['echo']]",
        "pass",
        3,
        "print 17 significant digits",
    ),
    "another dtype": ("reply['dtype'] = 'float80'", "pass", 3, "expects dtype"),
    "says nothing": ("continue", "pass", 3, "no reply within"),
    "is too late": ("pass", "time.sleep(60)", 3, "no reply within 2 seconds to kl"),
    "dies half way": ("pass", "sys.exit('out of memory') if request['id'] > 3 else None", 3, "out of memory"),
    "answers text": ("pass", "print('hello'); continue", 3, "no JSON"),
    "answers a list": ("pass", "reply = [1]", 3, "no JSON object"),
    "mixes up replies": ("pass", "reply['id'] += 1", 3, "has the id"),
    "says it can't": ("pass", "reply = {'id': reply['id'], 'error': 'no such thing'}", 3, "no such thing"),
    "answers null": ("pass", "reply['result'] = None", 3, "expected numbers in nested lists"),
    "answers not a number": ("pass", "reply['result'] = ['nan'] * len(reply['result'])", 1, "WRONG"),
    "wrong shape": ("pass", "reply['result'] = [reply['result']]", 1, "was expected"),
    "the same always": ("pass", "reply['result'] = [1, 2, 3]", 1, "WRONG"),
}


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_program_of_any_language(kind, tmp_path, capsys):
    hello, reply, code, words = PROGRAMS[kind]
    file = tmp_path / "program.py"
    file.write_text(PROGRAM.format(path=str(FOLDER.parents[2]), hello=hello, reply=reply), "utf-8")
    command = [
        "check",
        "--cmd",
        f"{sys.executable} {file}",
        "--timeout",
        "2" if "late" in kind else "20",
        "--startup",
        "2" if "nothing" in kind else "20",
    ]
    assert main(command) == code
    out = capsys.readouterr().out
    assert words in out
    assert "UNSUPPORTED" not in out


@pytest.mark.parametrize("command", ["/nowhere/program", "", "an 'open quote"])
def test_a_program_that_is_not_there(command, capsys):
    assert main(["check", "--cmd", command]) == 3
    assert "can't be started" in capsys.readouterr().out


@pytest.mark.skipif(not shutil.which("sh"), reason="there is no shell")
def test_a_program_ends_with_all_that_it_started(capsys):
    """Otherwise the sleeper keeps the streams open, and the run would wait for it."""
    assert main(["check", "--cmd", "sh -c 'sleep 300; :'", "--startup", "1"]) == 3
    assert "no reply within 1 seconds" in capsys.readouterr().out


MODULES = {
    "hangs": ("def softmin(E, beta):\n    while True:\n        pass", 3, "no answer within 1 seconds to softmin"),
    "hangs at once": ("while True:\n    pass", 3, "can't be imported within 1 seconds"),
    "ends at once": ("raise SystemExit(0)", 3, "can't be imported: SystemExit"),
    "ends its process at once": ("import os\nos._exit(0)", 3, "ended its process with code 0 at its import"),
    "ends its process": (
        "import os\nfrom refebm.oracle.reference import softmin\ndef softplus(u): os._exit(0)",
        3,
        "ended its process with code 0 at softplus",
    ),
    "becomes another": (
        "import os, sys\ndef softmin(E, beta): os.execv(sys.executable, [sys.executable, '-c', ''])",
        3,
        "ended its process with code 0 at softmin",
    ),
    "is killed": (
        "import os, signal\ndef softmin(E, beta): os.kill(os.getpid(), signal.SIGKILL)",
        3,
        "ended its process with code -9 at softmin",
    ),
    "interrupts itself": ("def softmin(E, beta): raise KeyboardInterrupt", 3, "raised KeyboardInterrupt"),
    "hangs out of reach": ("def softmin(E, beta): sum(range(10**12))", 3, "no answer within 1 seconds to softmin"),
    "has no conventions": ("CONVENTIONS = None", 3, "conventions: expected names"),
    "has no array": ("ARRAY = 3", 3, "ARRAY: expected a function"),
    "has a bad array": ("ARRAY = int\ndef softplus(u): return u", 3, "ARRAY raised TypeError"),
    "is a dataclass": (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    a: int\n"
        "from refebm.oracle.reference import softmin",
        0,
        "planned 1, ran 1",
    ),
    "imports late": (
        "def softmin(E, beta):\n    import beside\n    return beside.softmin(E, beta)",
        0,
        "planned 1, ran 1",
    ),
}


@pytest.mark.parametrize("kind", MODULES)
def test_a_module_of_any_kind(kind, tmp_path, capsys):
    code, exit_code, words = MODULES[kind]
    (tmp_path / "beside.py").write_text("from refebm.oracle.reference import softmin\n", "utf-8")
    (tmp_path / "mine.py").write_text(code + "\n", "utf-8")
    path = list(sys.path)
    assert main(["check", str(tmp_path / "mine.py"), "--timeout", "1", "--startup", "1"]) == exit_code
    assert words in capsys.readouterr().out
    assert sys.path == path


def test_a_module_of_this_folder(tmp_path, capsys, monkeypatch):
    (tmp_path / "a_module_of_mine.py").write_text("from refebm.oracle.reference import softmin\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["check", "a_module_of_mine"]) == 0


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node")
def test_a_node_program(capsys):
    assert main(["check", "--cmd", f"node {HERE / 'softmin.mjs'}"]) == 0
    assert "planned 3, ran 3" in capsys.readouterr().out


@pytest.mark.skipif(not shutil.which("c++"), reason="there is no C++ compiler")
def test_a_cpp_program(tmp_path, capsys):
    subprocess.run(["c++", "-O1", "-o", tmp_path / "softmin", HERE / "softmin.cpp"], check=True)
    assert main(["check", "--cmd", str(tmp_path / "softmin")]) == 0
    assert "planned 2, ran 2" in capsys.readouterr().out


def test_the_child_sees_neither_truth_nor_ids(tmp_path):
    log = tmp_path / "log"
    file = tmp_path / "program.py"
    spy = f"open({str(log)!r}, 'a').write(line)"
    file.write_text(PROGRAM.format(path=str(FOLDER.parents[2]), hello=spy, reply=spy), "utf-8")
    adapter = CommandAdapter(f"{sys.executable} {file}")
    try:
        assert execute(adapter, ["softmin"]).code == 0
    finally:
        adapter.close()
    for line in log.read_text("utf-8").splitlines()[1:]:
        assert set(json.loads(line)) == {"id", "function", "arguments"}


# --- the commands


def test_check_reports_in_text_json_and_junit(tmp_path, capsys):
    file = tmp_path / "mine.py"
    file.write_text(
        "import numpy as np\n"
        "def softmin(E, beta):\n    m = E.min(axis=1)\n"
        "    return m - np.log(np.exp(-beta * (E - m[:, None])).sum(axis=1)) / beta\n"
        "def entropy(q):\n    return -(q * np.log(np.where(q > 0, q, 1))).sum(axis=1)\n",
        "utf-8",
    )
    code = main(["check", str(file), "--json", str(tmp_path / "r.json"), "--junit", str(tmp_path / "r.xml")])
    out = capsys.readouterr().out
    assert code == 1
    assert "softmin/no-count" in out
    assert "Subtract log N_z" in out
    assert "planned 2, ran 2" in out
    data = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert data["code"] == 1
    assert [v["verdict"] for v in data["verdicts"]] == ["PASS", "WRONG"]
    known = len(CATALOGUE) + len(SAMPLERS)
    assert len(data["could_not_have_caught"]) == known - len(bugs_of("softmin")) - len(bugs_of("entropy"))
    suite = ElementTree.fromstring((tmp_path / "r.xml").read_text("utf-8"))
    assert suite.attrib["failures"] == "1"
    assert len(suite) == 2
    assert main(["check", str(file), "--select", "entropy"]) == 0
    assert main(["check", "refebm.oracle.reference"]) == 0


def test_junit_holds_any_message(tmp_path, capsys):
    (tmp_path / "mine.py").write_text("def softmin(E, beta): raise ValueError('\\x1b[31mred\\udcff')\n", "utf-8")
    assert main(["check", str(tmp_path / "mine.py"), "--junit", str(tmp_path / "r.xml")]) == 3
    suite = ElementTree.fromstring((tmp_path / "r.xml").read_text("utf-8"))
    assert suite[0][0].attrib["message"] == "ERROR softmin raised ValueError: ?[31mred?"


def test_check_says_what_the_user_can_mend(tmp_path, capsys):
    for arguments, words in (
        (["check"], "TARGET: expected"),
        (["check", "x", "--cmd", "y"], "TARGET: expected"),
        (["check", "refebm.oracle.reference", "--select", "softmid"], "select: expected"),
        (["check", "refebm.oracle.reference", "--select", ","], "select: expected"),
        (["check", "refebm.oracle.reference", "--timeout", "-1"], "timeout: expected"),
        (["check", "refebm.oracle.reference", "--timeout", "1e-9"], "timeout: expected"),
        (["check", "refebm.oracle.reference", "--timeout", "nan"], "timeout: expected"),
        (["check", "refebm.oracle.reference", "--json", str(tmp_path)], "json: expected a file"),
        (["check", "refebm.oracle.reference", "--junit", str(tmp_path / "no" / "x")], "junit: expected a file"),
        (["check", "refebm.oracle.reference", "--junit", ""], "junit: expected a file"),
        (["explain", "softmid"], "BUG: expected"),
    ):
        assert main(arguments) == (4 if arguments[0] == "check" else 2)  # of check, 2 is a verdict
        assert words in capsys.readouterr().err
    broken = tmp_path / "broken.py"
    broken.write_text("import nothing_of_the_kind\n", "utf-8")
    for target in (str(broken), "nothing_of_the_kind", str(tmp_path / "absent.py")):
        assert main(["check", target]) == 3
        assert "can't be imported" in capsys.readouterr().out


def test_explain(capsys):
    assert main(["explain", "softmin/no-count"]) == 0
    out = capsys.readouterr().out
    assert "(C13)" in out
    assert "log N_z" in out
    assert main(["explain", "kl"]) == 0
    assert capsys.readouterr().out.count("kl/") == len(bugs_of("kl"))
    assert main(["explain", "L11"]) == 0
    assert capsys.readouterr().out.count("kl/") == len(bugs_of("kl"))
    assert main(["explain"]) == 0
    out = capsys.readouterr().out
    assert out.count("'bits'") == sum("bits" in row.conventions for row in CONTRACT.values())
    assert all(f"{name}(" in out for name in CONTRACT)


def few(monkeypatch):
    """Of each part of the self-test a little: the whole of each has a test of its own."""
    one, two, three = next(selftest.rows()), next(selftest.behaviours()), next(drawn.samplers())
    monkeypatch.setattr("refebm.oracle.selftest.rows", lambda: [one])
    monkeypatch.setattr("refebm.oracle.selftest.behaviours", lambda: [two])
    monkeypatch.setattr("refebm.oracle.chance.drawn.samplers", lambda: [three])
    return one


def test_vectors_and_selftest(tmp_path, capsys, monkeypatch):
    one = few(monkeypatch)
    assert main(["vectors", str(tmp_path / "v")]) == 0
    assert {p.name for p in (tmp_path / "v").iterdir()} == {p.name for p in FOLDER.iterdir()}
    assert "40 significant digits" in (tmp_path / "v" / "SCHEMA.md").read_text("utf-8")
    assert main(["selftest"]) == 0
    out = capsys.readouterr().out
    assert f"{len(one.bugs)} bugs: " in out
    assert "1 misbehaviours in " in out
    assert "1 wrong samplers: 1 refused, 1 named rightly, 0 wrongly" in out
