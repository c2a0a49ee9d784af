"""Programs that go wrong: what did is told apart and named, and one function's crash is not the others'."""

import importlib.util
import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from refebm.__main__ import main
from refebm.oracle import check
from refebm.oracle.contract import CONTRACT
from refebm.oracle.precision import printed
from refebm.oracle.program import ECHO
from refebm.oracle.skeletons import signature, skeleton

PRINT = "    print(json.dumps(reply), flush=True)\n"
CRASH = "    if request.get('function') == 'softplus':\n        {}\n"


@pytest.fixture
def run(tmp_path, capsys):
    """Judges the skeleton of a program, changed; gives the exit code, what is said, and how often it was started."""

    def judged(old, new, *options):
        text = skeleton("json", "mine.py")
        assert old in text
        path, starts = tmp_path / "mine.py", tmp_path / "starts"
        path.write_text(f"open({str(starts)!r}, 'a').write('.')\n{text.replace(old, new)}", "utf-8")
        code = main(["check", "--cmd", f"{sys.executable} {path}", *options])
        return code, capsys.readouterr().out, len(starts.read_text("utf-8"))

    return judged


def verdicts(out):
    return dict(re.findall(r"^(softmin|softplus) +([A-Z]+)", out, re.M))


AT_ONE = {
    "crashes": ("sys.exit('no memory left')", "it ended with code 1 at softplus: no memory left"),
    "is killed": ("__import__('os').kill(__import__('os').getpid(), 9)", "it ended with code -9 at softplus"),
    "hangs": ("__import__('time').sleep(99)", "no reply within 2 seconds to softplus"),
    "answers no JSON": ("print('what?', flush=True); continue", "a reply is no JSON: 'what?'"),
    "writes half a line": ("print('{', end='', flush=True); sys.exit(1)", "what it wrote last ends without a newline"),
    "is an answer behind": ("request['id'] -= 1; reply['id'] -= 1", "has the id"),
}


@pytest.mark.parametrize("kind", AT_ONE)
def test_a_program_that_fails_at_one_function_is_started_again_for_the_next(kind, run):
    what, words = AT_ONE[kind]
    code, out, starts = run(PRINT, CRASH.format(what) + PRINT, "--timeout", "2")
    assert (code, starts) == (3, 2)
    assert words in out
    assert verdicts(out) == {"softplus": "ERROR", "softmin": "PASS"}
    assert "planned 2, ran 2" in out


def test_a_module_that_crashes_at_one_function_is_started_again_for_the_next(tmp_path, capsys):
    (tmp_path / "mine.py").write_text(
        f"import os\nopen({str(tmp_path / 'starts')!r}, 'a').write('.')\n"
        "from refebm.oracle.reference import softmin\ndef softplus(u): os._exit(5)\n",
        "utf-8",
    )
    assert main(["check", str(tmp_path / "mine.py")]) == 3
    out = capsys.readouterr().out
    assert "ended its process with code 5 at softplus" in out
    assert verdicts(out) == {"softplus": "ERROR", "softmin": "PASS"}
    assert (tmp_path / "starts").read_text("utf-8") == ".."


def test_starting_has_its_own_time(run):
    slow = "__import__('time').sleep(3)\nfor line in sys.stdin"
    assert run("for line in sys.stdin", slow, "--timeout", "1")[0] == 0
    code, out, _ = run("for line in sys.stdin", slow, "--startup", "0.5")
    assert code == 3
    assert "no reply within 0.5 seconds to the handshake" in out
    assert "flush" not in out


BUFFERED = "    globals().setdefault('out', open(1, 'w')).write(json.dumps(reply) + '\\n')\n"
ECHOED = 'reply["echo"] = request["echo"]'
REPLIES = {
    "no newline": (PRINT, "    print(json.dumps(reply), end='', flush=True)\n", "to the handshake ends without a newline"),
    "no flush": (PRINT, BUFFERED, "it came when the input had ended; flush after each line"),
    "%g": (ECHOED, 'reply["echo"] = [float("%g" % v) for v in request["echo"]]', "as %.6g prints them (plain %g does)"),
    "15 digits": (ECHOED, 'reply["echo"] = [float("%.15g" % v) for v in request["echo"]]', "as %.15g prints them"),
    "%f": (ECHOED, 'reply["echo"] = [float("%f" % v) for v in request["echo"]]', "in fixed point, as %f prints them"),
    "a log line": (PRINT, "    print('loading', flush=True)\n" + PRINT, "comes before the reply to the handshake: 'loading'"),
    "a log line at the function": (PRINT, CRASH.format("print('epoch 1')") + PRINT, "before the reply to softplus: 'epoch 1'"),
    "one number too few": (ECHOED, 'reply["echo"] = request["echo"][1:]', "expects 7 numbers back"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REPLIES)
def test_replies_that_go_wrong_are_told_apart(kind, run):
    old, new, words = REPLIES[kind]
    code, out, _ = run(old, new, "--timeout", "3", "--startup", "3")
    assert code == 3
    assert words in out
    assert not [kind for kind, (_, _, others) in REPLIES.items() if others != words and others in out]


def test_an_error_that_is_null_is_none(run):
    null = '"result": result, "error": None}'
    assert run('"result": result}', null)[0] == 0
    code, out, _ = run('"result": result}', '"error": "not yet"}')
    assert code == 3
    assert "softmin: the program says not yet" in out


@pytest.mark.parametrize(("dtype", "form"), [("float32", "%.9g"), ("float16", "%.5g"), ("bfloat16", "%.4g")])
def test_a_program_says_its_precision(dtype, form, run):
    """And is not asked for digits that it has not."""
    echo = f'reply["echo"], reply["dtype"] = [float("{form}" % v) for v in request["echo"]], "{dtype}"'
    code, out, _ = run(ECHOED, echo)
    assert code == 0
    assert out.count(f"(as {dtype})") == 2
    assert run(ECHOED, echo.replace(form, "%.2g"))[0] == 3
    unsaid = ECHOED + "\n        " + f'reply["dtype"] = "{dtype}"'
    assert run(ECHOED, unsaid)[0] == 0


def test_float64_can_be_asked_of_a_program_that_says_float32(run):
    said = ECHOED + '; reply["dtype"] = "float32"'
    code, out, _ = run(ECHOED, said, "--dtype", "float64")
    assert code == 2
    assert out.count("float32 where float64 was asked") == 2


def test_float32_on_the_way_is_named():
    sent = np.array(ECHO)
    with np.errstate(over="ignore"):
        assert printed(sent, sent.astype(np.float32).astype(float)) == "rounded to float32"
    assert printed(sent, sent + 1) == ""


# --- adapters to begin with


@pytest.mark.parametrize("kind", ["numpy", "json", "torch", "jax"])
def test_a_new_adapter_passes_at_once(kind, tmp_path, capsys):
    path = tmp_path / f"my_{kind}.py"
    assert main(["new-adapter", kind, str(path)]) == 0
    said = capsys.readouterr().out
    text = path.read_text("utf-8")
    compile(text, path.name, "exec")
    for name in CONTRACT:
        assert f"def {name}(" in text or f"\n# {signature(name)}  " in text
    target = ["--cmd", f"{sys.executable} {path}"] if kind == "json" else [str(path)]
    assert f'refebm check --cmd "python {path}"' in said if kind == "json" else f"refebm check {path}" in said
    if kind in ("torch", "jax") and importlib.util.find_spec(kind) is None:
        pytest.skip(f"there is no {kind}")
    assert main(["check", *target]) == 0
    assert "planned 2, ran 2" in capsys.readouterr().out


def test_a_new_adapter_replaces_nothing_unless_told(tmp_path, capsys):
    path = tmp_path / "mine.py"
    path.write_text("kept", "utf-8")
    assert main(["new-adapter", "numpy", str(path)]) == 2
    assert "FILE: expected a new file, or --replace" in capsys.readouterr().err
    assert path.read_text("utf-8") == "kept"
    assert main(["new-adapter", "numpy", str(path), "--replace"]) == 0
    assert "1 in place of older ones" in capsys.readouterr().out
    assert "def softmin" in path.read_text("utf-8")
    assert main(["new-adapter", "torch", str(tmp_path / "torch.py")]) == 2
    assert "does not hide the module torch" in capsys.readouterr().err
    assert main(["new-adapter", "torch", str(tmp_path / "no" / "mine.py")]) == 2


def test_the_report_of_a_run_says_what_was_allowed(tmp_path, capsys):
    path = tmp_path / "r.json"
    (tmp_path / "mine.py").write_text(skeleton("numpy", "mine.py"), "utf-8")
    assert main(["check", str(tmp_path / "mine.py"), "--json", str(path), "--allow-inaccurate"]) == 0
    assert json.loads(path.read_text("utf-8"))["allow_inaccurate"] is True
    assert check({"softplus": lambda u: u}).allow_inaccurate is False


def test_the_readmes_recipe_for_continuous_integration_runs(tmp_path, monkeypatch, capsys):
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    (command,) = re.findall(r"^- run: refebm (check .*)$", readme, re.M)
    (kept,) = re.findall(r"path: (\S+\.xml)\}$", readme, re.M)
    monkeypatch.chdir(tmp_path)
    Path("my_functions.py").write_text(skeleton("numpy", "my_functions.py"), "utf-8")
    assert main(command.split()) == 0
    assert ElementTree.parse(kept).getroot().attrib["failures"] == "0"
    Path("my_functions.py").write_text("def softplus(u): return -u\n", "utf-8")
    assert main(command.split()) == 1
    assert ElementTree.parse(kept).getroot().attrib["failures"] == "1"
