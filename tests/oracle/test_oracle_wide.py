"""Arguments as users have them: beta at 0 and infinity, forbidden states, any axis, betas, priors and latents of each row."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from refebm.__main__ import main
from refebm.oracle import certify, check, reference
from refebm.oracle.behaviour import judge_twice
from refebm.oracle.contract import CONTRACT
from refebm.oracle.judge import deviation, vectors, within
from refebm.oracle.precision import nested
from refebm.oracle.program import CommandAdapter
from refebm.oracle.skeletons import limits, skeleton

INF = np.inf
LIMITED = [name for name, row in CONTRACT.items() if row.limits]


def held(function, argument):
    """All numbers of an argument in the vectors of a function."""
    return np.concatenate([np.ravel(v["arguments"][argument]) for v in vectors(function)])


@pytest.mark.parametrize("function", LIMITED)
def test_what_an_argument_may_hold_it_holds_in_two_vectors(function):
    for argument, said in CONTRACT[function].limits.items():
        for limit in said.split(", "):
            seen = [(v["arguments"][argument] == float(limit)).any() for v in vectors(function)]
            assert sum(seen) >= 2, (argument, limit)
        assert (not np.isfinite(held(function, argument)).all()) == ("inf" in said)


@pytest.mark.parametrize("function", CONTRACT)
def test_one_row_of_one_is_asked(function):
    """Every row of the contract has an n = 1 case; box_information has numbers only."""
    row = CONTRACT[function]
    sizes = [max((np.size(v) for v in vector["arguments"].values()), default=0) for vector in vectors(function)]
    alone = [row.count(vector["arguments"]) == 1 for vector in vectors(function)]
    assert any(alone)
    assert min(sizes) <= 2


@pytest.mark.parametrize("function", [f for f in LIMITED if any(np.isinf(v["float64"]).any() for v in vectors(f))])
def test_an_infinite_truth_is_met_by_itself_alone(function):
    """S is 0 there: no finite number, however large, and not the other infinity, nor NaN."""
    some = [v for v in vectors(function) if np.isinf(v["float64"]).any()]
    assert len(some) >= 2
    for vector in some:
        truth, endless = vector["float64"], np.isinf(vector["float64"])
        assert (vector["scale"][endless] == 0).all()
        assert deviation(truth, truth, vector["scale"]) == 0
        for other in (1e308, -truth, np.nan):
            assert deviation(np.where(endless, other, truth), truth, vector["scale"]) == INF


def test_an_answer_that_is_infinite_where_the_truth_is_gets_no_blame():
    """NaN and infinities are counted where the truth has none."""

    def off(E, beta):
        return reference.softmin_limits(E, beta) + 1e-6 * (len(E) == 3)

    assert check({"softmin_limits": off}).verdicts[0].message == ""
    found = check({"softmin_limits": lambda E, beta: np.full(len(E), np.nan)}).verdicts[0]
    assert (
        found.message == f"NaN or infinite for {found.ran - 1} of {found.ran} vectors"
    )  # one's only truth is infinite


def test_a_tie_that_breaks_is_no_slope():
    """At beta = inf moving one of two least energies makes the weights jump; S stays of the size of the weights."""
    ties = next(
        v for v in vectors("softargmin_limits") if v["id"].endswith("beta-of-infinity-ties-and-forbidden-states")
    )
    assert ties["scale"].max() <= 1
    assert np.allclose(ties["scale"], ties["float64"], rtol=1e-5)


def test_a_truth_that_is_no_number_is_noticed(monkeypatch):
    mpmath = pytest.importorskip("mpmath", minversion="1.4", reason="needs mpmath 1.4 (pip install '.[dev]')")

    def lost(E, beta):
        return np.array([mpmath.nan for _ in E], object)

    monkeypatch.setitem(CONTRACT, "softmin_limits", replace(CONTRACT["softmin_limits"], truth=(lost, lost)))
    with pytest.raises(ArithmeticError, match=r"two routes differ by nan"):
        certify.answers("softmin_limits", {"E": np.eye(3), "beta": 2.5})


def test_an_axis_goes_in_as_a_whole_number():
    kinds = set()

    def seen(E, beta, axis):
        kinds.add((type(axis), type(beta)))
        return reference.softmin_axis(E, beta, axis)

    assert check({"softmin_axis": seen}, fuzz=2).code == 0
    assert check({"softmin_axis": lambda *a: 3 * seen(*a)}).code == 1  # which is asked about for a diagnosis
    assert kinds == {(int, float)}
    assert {int(v["arguments"]["axis"]) for v in vectors("softmin_axis")} == {-3, -2, -1, 0, 1, 2}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_infinities_are_numbers_of_every_precision(dtype):
    for function in LIMITED:
        kept = within(function, dtype)
        assert kept
        if "inf" in str(CONTRACT[function].limits):
            assert any(not all(np.isfinite(v).all() for v in vector["arguments"].values()) for vector in kept), function


def test_what_remembers_is_found_among_infinities():
    def first(E, beta, answers={}):  # noqa: B006
        return answers.setdefault(E.shape, reference.softmin_limits(E, beta))

    assert "remembers" in check({"softmin_limits": first}).verdicts[0].behaviour


# --- on the way


def test_infinities_are_strings_on_the_way():
    sent = nested(np.array([[1.5, INF], [-INF, np.nan]]))
    assert sent == [[1.5, "inf"], ["-inf", "nan"]]
    assert (nested(INF), nested(np.array(2.5))) == ("inf", 2.5)
    assert json.loads(json.dumps(sent, allow_nan=False)) == sent


PROGRAM = """
import json, sys
import numpy as np
from refebm.oracle import reference
from refebm.oracle.judge import decode
from refebm.oracle.precision import nested
NAMES = {names}
for line in sys.stdin:
    request = json.loads(line, parse_constant=lambda name: sys.exit(name + " is no JSON"))
    if "echo" in request:
        reply = {{"protocol": 1, "functions": NAMES, "echo": request["echo"]}}
    else:
        arguments = [decode(v)[()] for v in request["arguments"].values()]
        assert request["function"] != "softmin_axis" or isinstance(request["arguments"]["axis"], int)
        reply = {{"id": request["id"], "result": nested(np.asarray(getattr(reference, request["function"])(*arguments)))}}
    print(json.dumps(reply, allow_nan=False), flush=True)
"""


def test_a_program_is_sent_what_a_module_is(tmp_path):
    names = [*LIMITED, "softmin_axis"]
    (tmp_path / "mine.py").write_text(PROGRAM.format(names=names), "utf-8")
    adapter, verdicts = CommandAdapter(f"{sys.executable} {tmp_path / 'mine.py'}"), []
    try:
        judge_twice(adapter, names, verdicts)
    finally:
        adapter.close()
    assert {v.function: (v.verdict, v.message) for v in verdicts} == dict.fromkeys(names, ("PASS", ""))


def test_the_contract_says_what_arguments_may_hold(capsys):
    assert main(["explain"]) == 0
    said = {line.split("(")[0]: line for line in capsys.readouterr().out.splitlines() if "known bugs" in line}
    assert limits("softmin_limits") == "; E may be inf; beta may be 0, inf"
    assert limits("softmin") == ""
    for function in CONTRACT:
        assert ("may be" in said[function]) == (function in LIMITED)
        assert limits(function) in said[function]
    assert limits("softmin_betas") in skeleton("numpy", "mine.py")
