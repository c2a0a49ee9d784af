"""Behaviour: what a right formula does beside its answer is seen, has its name, and is refused; who does nothing is left alone."""

import json
import random
import re
import sys
import types
from collections import Counter
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from refebm.__main__ import main
from refebm.oracle import check, reference, selftest
from refebm.oracle.adapters import ModuleAdapter
from refebm.oracle.behaviour import BEHAVIOURS, judge_twice
from refebm.oracle.contract import CATALOGUE, CONTRACT
from refebm.oracle.judge import deviation, vectors
from refebm.oracle.misbehaviours import MISBEHAVIOURS, shows
from refebm.oracle.report import as_json, lines
from refebm.oracle.row import axis

sys.path.insert(0, str(Path(__file__).parent))
from fresh import RIGHT, in_single

QUIET = "ignore::RuntimeWarning"


def behaviour_of(functions):
    return check(functions).verdicts[0].behaviour


# --- what is refused


@pytest.mark.long
@pytest.mark.filterwarnings(QUIET)
@pytest.mark.parametrize(("behaviour", "what"), [(name, what) for name, what, _ in MISBEHAVIOURS])
def test_a_misbehaviour_is_refused_by_its_name(behaviour, what):
    """In every fifth function, others for each."""
    first = [(name, other) for name, other, _ in MISBEHAVIOURS].index((behaviour, what)) % 5
    functions = list(CONTRACT)[first::5]
    found = selftest.misbehaved(behaviour, what, functions)
    assert len(found) == sum(shows(behaviour, what, CONTRACT[name]) for name in functions) >= 4
    for v in found:
        assert selftest.named(behaviour, v), (v.function, v.verdict, v.behaviour)


def test_there_are_misbehaviours_of_every_name():
    assert set(Counter(name for name, _, _ in MISBEHAVIOURS)) == set(BEHAVIOURS)
    assert min(Counter(name for name, _, _ in MISBEHAVIOURS).values()) >= 5
    assert len({what for _, what, _ in MISBEHAVIOURS}) == len(MISBEHAVIOURS)


def shared_weights():
    """One function leaves its weights for another, to be found by their sizes."""
    kept = {}

    def softmin(E, beta):
        kept[E.shape, beta] = reference.softargmin(E, beta)
        return reference.softmin(E, beta)

    def softargmin(E, beta):
        return kept.get((E.shape, beta), reference.softargmin(E, beta)).copy()

    return {"softmin": softmin, "softargmin": softargmin}


def first_axes():
    """The curve of the first axes is kept for its angles, and other axes get it too."""
    kept = {}

    def ellipse_decoder(z, w):
        if z.tobytes() not in kept:
            kept[z.tobytes()] = reference.ellipse_decoder(z, w)
        return kept[z.tobytes()].copy()

    return {"ellipse_decoder": ellipse_decoder}


def held_input():
    """The last input is kept as it was handed over, not copied: it is always like itself."""
    kept = [None, None]

    def softplus(u):
        if kept[0] is None or not np.array_equal(kept[0], u):
            kept[:] = [u, reference.softplus(u)]
        return kept[1].copy()

    return {"softplus": softplus}


def second_refused():
    """It raises where it is asked for what it has answered."""
    asked = set()

    def box_information(s, r, d):
        if (s, r, d) in asked:
            raise ValueError
        asked.add((s, r, d))
        return reference.box_information(s, r, d)

    return {"box_information": box_information}


def whole_numbers():
    """Dimensions are whole, and forgotten."""
    kept = {}

    def box_information(s, r, d):
        if d % 1:
            raise ValueError
        if (s, r) not in kept:
            kept[s, r] = reference.box_information(s, r, d)
        return kept[s, r]

    return {"box_information": box_information}


def every_other():
    """Wrong, and every other time wronger, of no arrays."""
    calls = []

    def box_information(s, r, d):
        calls.append(s)
        return reference.box_information(s, r, d) * (1.05 + 0.01 * (len(calls) % 2))

    return {"box_information": box_information}


@pytest.mark.parametrize("made", [shared_weights, first_axes, held_input, second_refused, whole_numbers, every_other])
def test_what_is_kept_is_seen_between_functions_arguments_and_errors(made):
    run = check(made())
    seen = [v for v in run.verdicts if v.behaviour]
    assert run.code == 1
    assert [list(v.behaviour) for v in seen] == [["remembers"]]
    assert [v.verdict for v in seen] in (["MISBEHAVES"], ["WRONG"])


def test_a_wrong_formula_that_misbehaves_is_called_both():
    def softmin(E, beta):
        answer = reference.softmin(E, beta) - np.log(E.shape[1]) / beta
        E -= 1
        return answer

    found = check({"softmin": softmin}).verdicts[0]
    assert (found.verdict, found.match, list(found.behaviour)) == ("WRONG", "softmin/no-count", ["mutates"])


def test_an_inaccurate_one_and_one_by_convention_are_watched_too():
    def textbook(m, s, r):
        random.seed(3)
        return np.log(r / s) + (m * m + s * s) / (2 * r * r) - 0.5

    def kl(q, p):
        answer = reference.kl(q, p) / np.log(2)
        q[0] = p[0]
        return answer

    run = check({"gaussian_kl": textbook, "kl": kl})
    assert {v.function: v.verdict for v in run.verdicts} == {"gaussian_kl": "MISBEHAVES", "kl": "CONVENTION"}
    assert {v.function: list(v.behaviour) for v in run.verdicts} == {"gaussian_kl": ["seeds"], "kl": ["mutates"]}
    assert run.code == 1


# --- what is not


@pytest.mark.filterwarnings(QUIET)
@pytest.mark.parametrize("function", CONTRACT)
def test_right_ways_do_nothing_beside(function):
    for way in [getattr(reference, function), *RIGHT[function]]:
        for code in (way, in_single(way)):
            assert not behaviour_of({function: code})


@pytest.mark.long
@pytest.mark.filterwarnings(QUIET)
def test_no_wrong_formula_is_taken_for_a_misbehaviour():
    for bug in CATALOGUE:
        found = check({bug.function: selftest.mutant_of(bug)}).verdicts[0]
        assert not found.behaviour, (bug.id, found.behaviour)


def test_the_rounding_of_a_wrong_formula_is_no_order():
    """Units that should be off add up numbers where the true slope is 0, in the order of the rows."""
    bug = next(bug for bug in CATALOGUE if bug.id == "mlp_slope_b2/no-mask")
    found = check({"mlp_slope_b2": lambda *a: 1.01 * selftest.mutant_of(bug)(*a)}).verdicts[0]
    assert (found.verdict, found.match, found.behaviour) == ("WRONG", "", {})


def test_a_good_cache_an_own_generator_and_a_state_put_back_are_right():
    @cache
    def of_bytes(content, shape, beta):
        return reference.softargmin(np.frombuffer(content).reshape(shape), beta)

    def entropy(q):
        state = np.random.get_state()  # noqa: NPY002
        np.random.seed(1)  # noqa: NPY002
        np.random.set_state(state)  # noqa: NPY002
        return reference.entropy(q)

    def kl(q, p):
        np.random.default_rng().normal(size=3)
        return reference.kl(q, p)

    cached = {"softargmin": lambda E, beta: of_bytes(E.tobytes(), E.shape, beta).copy()}
    assert check({**cached, "entropy": entropy, "kl": kl}).code == 0


def test_a_view_of_an_argument_is_no_buffer():
    """It changes when the caller changes the argument, and he knows it."""

    def softplus(u):
        out = reference.softplus(u)
        u[...] = out
        return u

    def softmin(E, beta):
        return E[:, 0] if E.shape[1] == 1 else reference.softmin(E, beta)

    assert list(behaviour_of({"softplus": softplus})) == ["mutates"]
    assert check({"softmin": softmin}).code == 0


def test_an_answer_that_nobody_can_write_to_may_be_handed_out_twice():
    @cache
    def kept(content, shape):
        answer = reference.entropy(np.frombuffer(content).reshape(shape))
        answer.flags.writeable = False
        return answer

    assert check({"entropy": lambda q: kept(q.tobytes(), q.shape)}).code == 0


def test_lists_and_numbers_that_come_back_share_no_memory():
    softmin = {"softmin": lambda E, beta: reference.softmin(E, beta).tolist()}
    assert check({**softmin, "nll": lambda *a: float(reference.nll(*a))}).code == 0


def test_the_callers_random_states_are_left_alone():
    np.random.seed(5)  # noqa: NPY002
    random.seed(5)
    before = np.random.get_state()[1].tolist(), np.random.get_state()[2], random.getstate()  # noqa: NPY002
    check({"softmin": reference.softmin, "entropy": lambda q: (np.random.seed(0), reference.entropy(q))[1]})  # noqa: NPY002
    assert (np.random.get_state()[1].tolist(), np.random.get_state()[2], random.getstate()) == before  # noqa: NPY002


def test_a_seed_that_was_there_before_is_seen_again():
    """The state is where the seed would bring it when the run starts."""
    np.random.seed(0)  # noqa: NPY002
    assert list(behaviour_of({"entropy": lambda q: (np.random.seed(0), reference.entropy(q))[1]})) == ["seeds"]  # noqa: NPY002


def test_torch_is_watched_where_it_is_imported(monkeypatch):
    state = [0]

    def draw(*_):
        state[0] += 1

    torch = types.ModuleType("torch")
    torch.get_rng_state = lambda: types.SimpleNamespace(numpy=lambda: np.array(state[0]))  # another object at each call
    torch.set_rng_state, torch.from_numpy, torch.rand = (lambda s: state.__setitem__(0, s)), int, draw
    monkeypatch.setitem(sys.modules, "torch", torch)
    seen = behaviour_of({"entropy": lambda q: (draw(), reference.entropy(q))[1]})
    assert seen == {"seeds": "PyTorch's global random state changed"}
    assert state == [0]


# --- how it is asked


class Spy(ModuleAdapter):
    """Notes what is asked."""

    def __init__(self, target):
        super().__init__(target)
        self.asked = []

    def call(self, function, arguments):
        self.asked.append((function, {name: np.copy(v) for name, v in arguments.items()}))
        return super().call(function, arguments)


def test_a_right_module_is_asked_twice_and_for_no_new_sizes():
    adapter, verdicts = Spy(reference), []
    judge_twice(adapter, list(CONTRACT), verdicts)
    count = sum(len(vectors(name)) for name in CONTRACT)
    extra = sum(1 + len(row.arguments) for row in CONTRACT.values())  # one argument after another
    assert len(adapter.asked) == 2 * count + extra <= 2.4 * count
    assert list(dict.fromkeys(name for name, _ in adapter.asked[count:])) == list(CONTRACT)[::-1]
    first, second = (
        {(name, *((key, v.shape) for key, v in arguments.items())) for name, arguments in asked}
        for asked in (adapter.asked[:count], adapter.asked[count:])
    )
    assert first == second


@pytest.mark.parametrize("function", CONTRACT)
def test_rows_go_together(function):
    """In any order refebm's own gives the same rows, or the same result: what the contract says of its rows is so."""
    row, rng, several = CONTRACT[function], np.random.default_rng(3), 0
    for vector in vectors(function):
        places = rng.permutation(row.count(vector["arguments"]))
        several += len(places) > 1
        answer = np.asarray(getattr(reference, function)(*row.take(places, vector["arguments"]).values()))
        truth, scale = (row.taken(places, vector[name]) for name in ("float64", "scale"))
        assert deviation(answer, truth, scale) < 64
    letters = {axis(row.rows, shape) is not None for shape in row.arguments.values()}
    none = row.rows == "-" or set(row.arguments.values()) == {"()"}
    assert several >= 3 or none
    assert True in letters or none


PROGRAM = """
import json, sys
sys.path.insert(0, {path!r})
import numpy as np
from refebm.oracle import reference
from refebm.oracle.misbehaviours import MISBEHAVIOURS
make = next((make for _, what, make in MISBEHAVIOURS if what == {what!r}), lambda code: code)
codes = {{name: make(getattr(reference, name)) for name in ("softmin", "nll_slope")}}
for line in sys.stdin:
    request = json.loads(line)
    if "echo" in request:
        reply = {{"protocol": 1, "functions": list(codes), "echo": request["echo"]}}
    else:
        a = [np.array(v) if isinstance(v, list) else v for v in request["arguments"].values()]
        reply = {{"id": request["id"], "result": codes[request["function"]](*a).tolist()}}
    print(json.dumps(reply), flush=True)
"""


@pytest.mark.parametrize(
    ("what", "seen"),
    [
        ("none", {}),
        ("a cache by shape of the last call", {"softmin": "remembers", "nll_slope": "remembers"}),
        ("later answers drift", {"softmin": "remembers", "nll_slope": "remembers"}),
        ("rows are weighed by their place", {"softmin": "order"}),
    ],
)
def test_a_program_is_asked_again_too(what, seen, tmp_path, capsys):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.format(path=str(Path(reference.__file__).parents[2]), what=what), "utf-8")
    select = ["--select", ",".join(seen)] if seen else []
    code = main(["check", "--cmd", f"{sys.executable} {path}", "--json", str(tmp_path / "r.json"), *select])
    verdicts = json.loads((tmp_path / "r.json").read_text("utf-8"))["verdicts"]
    assert {v["function"]: next(iter(v["behaviour"])) for v in verdicts if v["behaviour"]} == seen
    assert code == bool(seen)
    out = capsys.readouterr().out
    assert all(re.search(rf"{name}: (seen at|another|\S+ got the answer to)", out) for name in seen.values())


# --- what is said


def test_a_module_in_its_own_process_and_all_reports_say_it(tmp_path, capsys):
    (tmp_path / "mine.py").write_text(
        "import numpy as np\n"
        "from refebm.oracle import reference\n"
        "out = {}\n"
        "def softmin(E, beta):\n    np.random.seed(0)\n    E -= E.min()\n    return reference.softmin(E, beta)\n"
        "def entropy(q):\n    return np.add(out.setdefault(q.shape, np.empty(len(q))) * 0, reference.entropy(q), "
        "out=out[q.shape])\n",
        "utf-8",
    )
    code = main(
        ["check", str(tmp_path / "mine.py"), "--select", "entropy", "--json", str(tmp_path / "r.json")]
        + ["--junit", str(tmp_path / "r.xml")]
    )
    out = capsys.readouterr().out
    assert code == 1
    assert "entropy                     MISBEHAVES " in out
    assert "aliases: an earlier answer changed. " + " ".join(BEHAVIOURS["aliases"]) in out
    verdict = json.loads((tmp_path / "r.json").read_text("utf-8"))["verdicts"][0]
    assert (verdict["verdict"], verdict["failed"]) == ("MISBEHAVES", [])
    assert verdict["behaviour"] == {"aliases": "an earlier answer changed"}
    suite = ElementTree.fromstring((tmp_path / "r.xml").read_text("utf-8"))
    assert suite[0][0].attrib["message"] == "MISBEHAVES aliases: an earlier answer changed"
    assert main(["check", str(tmp_path / "mine.py"), "--select", "softmin"]) == 1
    out = capsys.readouterr().out
    assert "mutates: E came back changed. " in out
    assert "seeds: NumPy's global random state changed. " in out


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_explain_says_what_a_misbehaviour_is_and_how_to_mend_it(name, capsys):
    assert main(["explain", name]) == 0
    assert capsys.readouterr().out == "\n  ".join([f"{name}  (of any function)", *BEHAVIOURS[name]]) + "\n"
    assert main(["explain"]) == 0
    assert f"of any function: {', '.join(BEHAVIOURS)}" in capsys.readouterr().out


def test_a_right_run_says_nothing_of_behaviour():
    run = check({"softmin": reference.softmin})
    assert not any(f"{name}:" in line for line in lines(run) for name in BEHAVIOURS)
    assert json.loads(as_json(run))["verdicts"][0]["behaviour"] == {}


def test_selftest_refuses_a_judge_that_sees_no_misbehaviour(monkeypatch, capsys):
    one, some = next(selftest.rows()), MISBEHAVIOURS[::7]
    monkeypatch.setattr("refebm.oracle.selftest.rows", lambda: [one])
    monkeypatch.setattr("refebm.oracle.chance.drawn.samplers", list)
    monkeypatch.setattr("refebm.oracle.selftest.MISBEHAVIOURS", some)
    assert main(["selftest"]) == 0
    assert f"{len(some)} misbehaviours in " in capsys.readouterr().out
    monkeypatch.setattr("refebm.oracle.watch.Watch.noticed", lambda self: {})
    assert main(["selftest"]) == 1
    assert "taken for no misbehaviour" in capsys.readouterr().out
