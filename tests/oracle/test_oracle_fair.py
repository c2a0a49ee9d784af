"""Fair to the right: lost digits are no mistake, what is known of them is said, and a precision is said, not guessed."""

import sys
import types
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, xlogy

from refebm.__main__ import main
from refebm.oracle import assert_right, check, reference
from refebm.oracle.adapters import AdapterFailed, numeric
from refebm.oracle.contract import CATALOGUE, CONTRACT
from refebm.oracle.judge import K, deviation, vectors, within
from refebm.oracle.precision import MOST, TINY, UNIT, coarsest, rounded
from refebm.oracle.report import as_junit, lines

sys.path.insert(0, str(Path(__file__).parent))
from fresh import RIGHT, draws, in_single, worst_of

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

TEXTBOOK = {
    "log_loss_slope": [
        lambda F, H: 1 - expit(H - F),
        lambda F, H: 1 - 1 / (1 + np.exp(F - H)),
        lambda F, H: (1 - np.tanh((H - F) / 2)) / 2,
    ],
    "log_loss": [
        lambda F, H: np.maximum(F - H, 0) + np.log(1 + np.exp(-np.abs(F - H))),
        # torch's binary_cross_entropy_with_logits, of the class 1 and the logit H - F
        lambda F, H: np.maximum(-(H - F), 0) + np.log(np.exp(-np.maximum(F - H, 0)) + np.exp(F - H - np.maximum(F - H, 0))),
    ],
    "softplus": [
        lambda u: np.maximum(u, 0) + np.log(1 + np.exp(-np.abs(u))),
        lambda u: (u + np.abs(u)) / 2 + np.log(1 + np.exp(-np.abs(u))),
    ],
    "kl": [
        lambda q, p: (xlogy(q, q) - xlogy(q, p)).sum(axis=1),
        lambda q, p: xlogy(q, q).sum(axis=1) - xlogy(q, p).sum(axis=1),  # cross-entropy less entropy
    ],
    "gaussian_kl": [
        lambda m, s, r: np.log(r / s) + (m * m + s * s) / (2 * r * r) - s.dtype.type(0.5),
        lambda m, s, r: -(1 + 2 * np.log(s / r) - (m / r) ** 2 - (s / r) ** 2) / 2,  # with a log-variance
        lambda m, s, r: np.log(r) - np.log(s) + (s * s + m * m) / (2 * r * r) - s.dtype.type(0.5),
    ],
}  # fmt: skip
FORMS = [(function, i) for function, forms in TEXTBOOK.items() for i in range(len(forms))]


@pytest.mark.parametrize(("function", "i"), FORMS)
def test_textbook_code_is_inaccurate_at_worst(function, i):
    """By the vectors and on fresh inputs, in both precisions."""
    form, rng = TEXTBOOK[function][i], np.random.default_rng(i)
    for code, dtype in ((form, "float64"), (in_single(form), "float32")):
        found = check({function: code}, dtype=dtype).verdicts[0]
        assert found.verdict in ("PASS", "INACCURATE")
        assert not found.match
    problems = [problem for _ in range(5) for problem in draws(function, rng)]
    for dtype, (_, lost) in worst_of(form, problems).items():
        assert lost <= 1, dtype


@pytest.mark.parametrize("function", [name for name, row in CONTRACT.items() if row.keeps])
def test_what_is_said_to_keep_digits_keeps_them(function):
    row = CONTRACT[function]
    formula, _, named = row.keeps.partition(" with ")

    def code(*a):
        scope = {"np": np, **dict(zip(row.arguments, a, strict=True))}
        exec(named, scope)
        return eval(formula, scope)

    assert check({function: code}).code == 0
    assert check({function: in_single(code)}, dtype="float32").code == 0


def test_every_right_way_that_loses_digits_is_told_one_that_does_not():
    inaccurate = {f for f in CONTRACT for way in RIGHT[f] if check({f: way}).code == 2}
    assert inaccurate >= {"softmin", "gaussian_kl", "log_loss", "log_loss_slope", "softplus"}
    for function in inaccurate:
        assert CONTRACT[function].keeps, function
    told = list(lines(check({"log_loss_slope": TEXTBOOK["log_loss_slope"][0]})))
    assert any("Nearly right: an approximation, an added constant, or lost digits (C24)." in line for line in told)
    assert any(line.endswith("Digits are kept by: np.exp(-np.logaddexp(0, F_hat - F))") for line in told)


PLAIN = {"gaussian_kl": TEXTBOOK["gaussian_kl"][0]}


def test_inaccurate_can_be_allowed_and_nothing_else_with_it():
    assert (check(PLAIN).code, check(PLAIN, allow_inaccurate=True).code) == (2, 0)
    assert_right(PLAIN, allow_inaccurate=True)
    with pytest.raises(AssertionError, match="INACCURATE"):
        assert_right(PLAIN)
    assert 'failures="0"' in as_junit(check(PLAIN, allow_inaccurate=True))
    assert 'failures="1"' in as_junit(check(PLAIN))
    wrong = PLAIN | {"kl": lambda q, p: -reference.kl(q, p)}
    assert check(wrong, allow_inaccurate=True).code == 1
    assert check(PLAIN | {"kl": lambda q, p: None}, allow_inaccurate=True).code == 3
    assert check(PLAIN, ["gaussian_kl", "kl"], allow_inaccurate=True).code == 4


# --- precisions


def single(function):
    """The package's own, its answer in float32."""
    return lambda *a: np.asarray(getattr(reference, function)(*a), np.float32)


def test_float32_is_said_and_not_guessed():
    mine = {"softmin": single("softmin"), "softplus": single("softplus")}
    unsaid = check(mine)
    assert unsaid.code == 2
    for found in unsaid.verdicts:
        assert (found.verdict, found.message, found.failed) == ("INACCURATE", "float32 where float64 was asked", [])
    told = "\n".join(lines(unsaid))
    assert "--dtype float32, or DTYPE = 'float32'" in told
    assert "torch.tensor(v, dtype=torch.float64)" in told
    assert check(mine, dtype="float32").code == check(mine | {"DTYPE": "float32"}).code == 0
    assert check(mine, dtype="float64").code == 2
    assert check(mine, allow_inaccurate=True).code == 0
    assert check({"softmin": reference.softmin}, dtype="float32").code == 0
    wrong = check({"softmin": lambda E, beta: single("softmin")(E, beta) * np.float32(1.01)}).verdicts[0]
    assert (wrong.verdict, wrong.dtype) == ("WRONG", "float32")


def test_an_array_that_makes_everything_float32_is_told_so():
    found = check({"ARRAY": lambda v: v.astype(np.float32), "softplus": lambda u: np.logaddexp(np.float32(0), u)})
    assert found.verdicts[0].message == "float32 where float64 was asked"
    assert found.code == 2


def test_what_no_precision_is_is_refused():
    with pytest.raises(ValueError, match="dtype: expected float64, float32, float16, bfloat16, got 'half'"):
        check(reference, dtype="half")
    with pytest.raises(AdapterFailed, match="DTYPE: expected float64"):
        check({"DTYPE": "double"})


@pytest.mark.parametrize(("dtype", "digits"), [("float64", 53), ("float32", 24), ("float16", 11), ("bfloat16", 8)])
def test_a_precision_is_its_bits(dtype, digits):
    assert UNIT[dtype] == 2.0**-digits
    x = np.array([1, 1 + 2 * UNIT[dtype], 1 + UNIT[dtype], 1 + 3 * UNIT[dtype], -0.1, 0, 3e-5])
    assert rounded(x, dtype)[:4].tolist() == [1, x[1], 1, 1 + 4 * UNIT[dtype]]  # ties to even
    assert (np.abs(rounded(x, dtype) - x) <= UNIT[dtype] * np.abs(x)).all()
    if dtype == "bfloat16":
        return
    kind = np.finfo(dtype)
    assert np.array_equal(rounded(x[:-1], dtype), x[:-1].astype(dtype))
    assert kind.smallest_normal == TINY[dtype]
    assert kind.max == (MOST[dtype] if dtype == "float64" else MOST[dtype] * (1 - UNIT[dtype]))


def carried_out(code, dtype):
    """In float16, every step; in bfloat16, which NumPy has not, and where LAPACK has no float16, its arguments and its answer."""

    def around(*a):
        return rounded(np.asarray(code(*(rounded(v, dtype)[()] for v in a))), dtype)

    def through(*a):
        try:
            return np.asarray(code(*(np.float16(v)[()] for v in a)), np.float16)
        except TypeError as error:
            assert "unsupported in linalg" in str(error)
            return around(*a)

    return through if dtype == "float16" else around


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("function", CONTRACT)
def test_sixteen_bits_are_judged_as_what_they_are(function, dtype):
    """Right ways pass or lose digits; a wrong sign is wrong; the vectors left out are those that do not fit."""
    kept = within(function, dtype)
    assert 3 <= len(kept) <= len(vectors(function))
    for way in RIGHT[function]:
        found = check({function: carried_out(way, dtype)}, dtype=dtype).verdicts[0]
        assert found.verdict in ("PASS", "INACCURATE"), found
        assert (found.ran, found.dtype) == (len(kept), dtype)
    code = getattr(reference, function)
    assert check({function: lambda *a: -code(*a)}, dtype=dtype).code == 1


def test_what_sixteen_bits_cannot_show_is_counted():
    """Of a quarter of S and less nothing shows in bfloat16."""
    whole, half = check(reference), check(reference, dtype="bfloat16")
    assert (whole.code, half.code) == (0, 0)
    blind = set(half.blind())
    assert blind > set(whole.blind())
    assert "softmin/sign-inside" not in blind
    for bug in CATALOGUE:
        off = [
            deviation(v["bugs"][bug.name], v["float64"], v["scale"], "bfloat16")
            for v in within(bug.function, "bfloat16")
            if bug.name in v["bugs"]
        ]
        assert (bug.id in blind) == (max(off, default=0) <= K)


def test_an_array_says_its_precision():
    class Brain:
        """As torch.bfloat16: NumPy takes it only from a wider type."""

        dtype = "torch.bfloat16"

        def __array__(self, dtype=None, copy=None):
            raise TypeError("Got unsupported ScalarType BFloat16")

        def float(self):
            return np.array([1.5], np.float32)

    assert numeric(Brain(), "softplus")[1] == "bfloat16"
    assert numeric(np.float16([1]), "softplus")[1] == "float16"
    assert numeric([1, 2], "softplus")[1] == numeric(np.ones(1, int), "softplus")[1] == "float64"
    assert coarsest(["float64", "bfloat16", "float32"]) == "bfloat16"


def test_the_flags_of_check(tmp_path, capsys):
    mine = tmp_path / "mine.py"
    mine.write_text(
        "import numpy as np\nfrom refebm.oracle import reference\n"
        "def softplus(u): return reference.softplus(u).astype(np.float32)\n",
        "utf-8",
    )
    assert main(["check", str(mine)]) == 2
    assert "float32 where float64 was asked" in capsys.readouterr().out
    assert main(["check", str(mine), "--dtype", "float32"]) == 0
    assert "(as float32)" in capsys.readouterr().out
    assert main(["check", str(mine), "--allow-inaccurate"]) == 0
    with pytest.raises(SystemExit, match="4"):
        main(["check", str(mine), "--dtype", "half"])
    assert main(["check", str(mine), "--startup", "0"]) == 4
    assert "startup: expected seconds" in capsys.readouterr().err
    module = types.ModuleType("mine")
    module.softplus, module.DTYPE = single("softplus"), "float32"
    assert check(module).code == 0
