"""The command line: what it writes, that it repeats, and one clear line for what a user can mend."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import refebm
from refebm import argmin_z, ellipse, ellipse_data, learn, learn_from_starts, lectures, marginal
from refebm.__main__ import main
from refebm.lectures import auto_encoder, ellipse_inference, ellipse_learning, horn, likelihood
from refebm.lectures.commands import LECTURES
from refebm.oracle import certify, report

# what runs elsewhere finds the same refebm, and has its output buffered, as it is by default
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(refebm.__file__).parents[1]), "PYTHONUNBUFFERED": ""}
Y = ellipse_data(5, np.random.default_rng(3))
PARTS = [part for parts in LECTURES.values() for part, _ in parts(np.random.default_rng(0))]


@pytest.fixture(autouse=True)
def small_horn(monkeypatch):
    """The horn's own tests learn it in full; here a short fit will do."""
    quick = partial(learn_from_starts, starts=2, trial=5)
    monkeypatch.setattr(horn, "learn_from_starts", lambda *a, steps, **b: quick(*a, steps=10, **b))


def test_lecture_writes_every_figure_and_prints_the_fits(tmp_path, capsys):
    assert main(["lecture", "--out", str(tmp_path / "a" / "b"), "--seed", "3"]) == 0
    names = sorted(p.name for p in (tmp_path / "a" / "b").iterdir())
    assert len(names) == 16
    assert names[0] == "01-samples.png"
    assert names[-1] == "numbers.txt"
    out = capsys.readouterr().out
    fit = learn(marginal(ellipse, argmin_z, np.inf), ellipse_data(24, np.random.default_rng(3)), (1.5, 2))
    assert f"{fit.w[0]:.6g}" in out
    assert "converged" in out
    assert main(["lecture", "--out", str(tmp_path / "c"), "--seed", "3"]) == 0
    for name in names:
        assert (tmp_path / "c" / name).read_bytes() == (tmp_path / "a" / "b" / name).read_bytes()


@pytest.fixture
def short_variational(monkeypatch):
    quick = likelihood.run, auto_encoder.run
    monkeypatch.setattr(likelihood, "run", lambda rng: quick[0](rng, steps=5, chains=20))
    monkeypatch.setattr(auto_encoder, "run", lambda rng: quick[1](rng, steps=5))


def test_variational_writes_every_figure_and_prints_its_numbers(tmp_path, capsys, short_variational):
    for folder in ("a", "b"):
        assert main(["lecture", "variational", "--out", str(tmp_path / folder), "--seed", "3"]) == 0
    names = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert len(names) == len(likelihood.FIGURES + auto_encoder.FIGURES) + 1
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    numbers = (tmp_path / "a" / "numbers.txt").read_text("utf-8")
    assert numbers in capsys.readouterr().out
    assert "Code balls" in numbers


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_all_is_each_lecture_in_a_folder_of_its_own(tmp_path, capsys, monkeypatch, short_variational):
    """The same numbers and figures as each lecture alone, each in the folder that is its own where none is named."""
    for part in PARTS:
        monkeypatch.setattr(part, "FIGURES", part.FIGURES[:1])
    monkeypatch.chdir(tmp_path)
    assert main(["lecture", "all", "--seed", "3"]) == 0
    together, out = files(tmp_path / "lecture"), capsys.readouterr().out
    assert len(together) == len(PARTS) + len(LECTURES)
    for name, folder in (("ellipse", "alone"), ("variational", "variational")):
        named = ["--out", folder] if name == "ellipse" else []
        assert main(["lecture", name, "--seed", "3", *named]) == 0
        assert files(tmp_path / folder) == {
            file.removeprefix(f"{name}/"): content for file, content in together.items() if file.startswith(f"{name}/")
        }
        assert (tmp_path / folder / "numbers.txt").read_text("utf-8") in out
    capsys.readouterr()


def test_every_part_is_of_one_lecture():
    """A file that draws is in the table, once; or nobody would see what it draws."""
    folder = Path(lectures.__file__).parent
    drawing = [p.stem for p in folder.glob("*.py") if "\nFIGURES = " in p.read_text("utf-8")]
    assert sorted(part.__name__.rpartition(".")[2] for part in PARTS) == sorted(drawing)


@pytest.fixture
def one_figure(monkeypatch):
    monkeypatch.setattr(ellipse_inference, "FIGURES", ellipse_inference.FIGURES[:1])
    monkeypatch.setattr(ellipse_learning, "FIGURES", ())
    monkeypatch.setattr(horn, "FIGURES", ())


@pytest.mark.parametrize(
    "text",
    ["y1,y2\n{}", "{}", "\n\n{}\n\n", "first;second\n{}", "\ufeff{}", '"y 1","y 2"\r\n{}\r\n'],
    ids=["header", "bare", "blank lines", "semicolons", "byte order mark", "Windows"],
)
def test_lecture_reads_text(tmp_path, capsys, one_figure, text):
    separator = ";" if ";" in text else ","
    file = tmp_path / "points.csv"
    file.write_text(text.format("\n".join(f"{a!r}{separator} {b!r}" for a, b in Y.tolist())), "utf-8")
    np.save(tmp_path / "points.npy", Y)
    reports = []
    for data in (file, tmp_path / "points.npy"):
        assert main(["lecture", "--data", str(data), "--out", str(tmp_path / "out")]) == 0
        reports.append((tmp_path / "out" / "numbers.txt").read_text("utf-8"))
    assert reports[0] == reports[1]
    assert "5 observations" in reports[0]
    capsys.readouterr()


BAD_TEXT = {  # a file's content, and what is said of it
    "words": ("a,b\nc,d\n", "line 2 is 'c,d': field 1 is no number"),
    "ragged": ("1,2\n3\n", "line 2 is '3': it has 1 fields"),
    "three": ("1,2,3\n4,5,6\n", "line 1 is '1,2,3': it has 3 fields"),
    "nan": ("1,2\nnan,3\n", "expected no NaN, got 1 among 4"),
    "nan at first": ("nan,nan\n1,2\n", "expected no NaN, got 2 among 4"),
    "inf": ("1,2\ninf,3\n", "expected finite numbers"),
    "empty": ("", "expected at least one number"),
    "header": ("y1,y2\n", "expected at least one number"),
    "zeros": ("0,0\n0,0\n", "expected an observation of size"),
    "tiny": ("1e-170,0\n", "expected an observation of size"),
    "huge": ("1e120,0\n", "expected finite numbers"),
    "late": ("y1,y2\n1,2\n3,x\n", "line 3 is '3,x': field 2 is no number"),
    "typo at first": ("1.O,2\n3,4\n", "line 1 is '1.O,2': field 1 is no number"),
    "typos at first": ("1.O,2.O\n3,4\n", "line 1 is '1.O,2.O': field 1 is no number"),
    "another minus": ("\u22121,\u22122\n3,4\n", "field 1 is no number"),
    "nothing between": ("1,2\n1,,2\n", "line 2 is '1,,2': field 2 is no number"),
    "nothing at the end": ("1,2,\n", "field 3 is no number"),
    "decimal commas": ("1,5;2,5\n", "field 1 is no number"),
    "letters for digits at first": ("O.5,l.5\n3,4\n", "line 1 is 'O.5,l.5': field 1 is no number"),
    "an underscore": ("1_5,2\n", "field 1 is no number"),
    "binary": ("\x00\x01", "line 1 is '\\x00\\x01'"),
}


def bad_files(folder):
    """Names and contents of files that hold no observations, and a part of what is said of each."""
    for name, (content, words) in BAD_TEXT.items():
        (folder / f"{name}.csv").write_bytes(content.encode())
        yield f"{name}.csv", words
    (folder / "16.csv").write_bytes("1,2\n".encode("utf-16"))
    yield "16.csv", "expected two numbers a line"
    for name, value in {
        "flat": np.arange(4.0),
        "complex": np.ones((3, 2)) * 1j,
        "object": np.array([{}, {}], dtype=object),
        "points": Y,
    }.items():
        np.save(folder / f"{name}.npy", value, allow_pickle=True)
    yield from (("flat.npy", "shape (n, 2)"), ("complex.npy", "real numbers"), ("object.npy", "Object arrays"))
    points = (folder / "points.npy").read_bytes()
    np.savez(folder / "many.npz", Y)
    for name, content in {
        "fake": b"1,2\n",
        "none": b"",
        "magic": points[:4],
        "head": points[:40],
        "short": points[:-8],
        "long": points + b"0",
        "fewer": points.replace(b"(5, 2)", b"(4, 2)"),
        "more": points.replace(b"(5, 2), }", b"(10**9,2)}"),
        "most": points.replace(b"(5, 2), }     ", b"(99999999, 2)}"),
        "type": points.replace(b"<f8", b"<q8"),
        "word": points.replace(b"'shape'", b"'shapf'"),
        "open": points.replace(b"}", b" "),
        "many": (folder / "many.npz").read_bytes(),
    }.items():
        assert content != points
        (folder / f"{name}.npy").write_bytes(content)
        yield f"{name}.npy", "expected two numbers a line, or an NPY array, got "
    yield from (("missing.csv", "expected a readable file"), (".", "expected a readable file"))


def test_bad_data_is_one_line_and_exit_2(tmp_path, capsys):
    for name, words in bad_files(tmp_path):
        assert main(["lecture", "--data", str(tmp_path / name), "--out", str(tmp_path / "out")]) == 2, name
        captured = capsys.readouterr()
        assert captured.err.startswith("refebm lecture: error: data"), (name, captured.err)
        assert "expected" in captured.err
        assert words in captured.err, (name, captured.err)
        assert captured.err.count("\n") == 1
        assert not captured.out


@pytest.mark.parametrize(
    "content", ["3,1\n", "1,1\n1,1\n", "1,0\n2,0\n-1,0\n", "1e99,1\n1,1e99\n", "1e-99,0\n0,2e-99\n"]
)
def test_few_or_extreme_observations_are_computed(content, tmp_path, capsys, one_figure):
    (tmp_path / "points.csv").write_text(content)
    assert main(["lecture", "--data", str(tmp_path / "points.csv"), "--out", str(tmp_path)]) == 0
    assert f"{content.count(chr(10))} observations" in capsys.readouterr().out


def no_work(*_, **__):
    raise AssertionError("the work has begun")


def full(*_, **__):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("command", ["lecture", "lecture variational", "lecture all", "certify", "vectors"])
def test_a_bad_folder_is_found_before_the_work(command, tmp_path, capsys, monkeypatch):
    if command == "certify":
        pytest.importorskip("mpmath", minversion="1.4", reason="needs mpmath 1.4 (pip install '.[dev]')")
    for module, name in (*((part, "run") for part in PARTS), (certify, "certify")):
        monkeypatch.setattr(module, name, no_work)
    argument, name = ("--", "DIR") if command == "vectors" else ("--out", "out")
    error = f"refebm {command.split()[0]}: error: {name}: expected a folder that can be written, got "
    (tmp_path / "file").write_text("")
    for out in (str(tmp_path / "file"), str(tmp_path / "file" / "below"), "", "/proc/self"):
        assert main([*command.split(), argument, out]) == 2
        said = capsys.readouterr().err
        assert said.startswith(error)
        assert said.count("\n") == 1
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    assert main([*command.split(), argument, str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"{error}{tmp_path} (No space left on device)\n"


def test_every_folder_of_all_is_looked_at_before_the_work(tmp_path, capsys, monkeypatch):
    for part in PARTS:
        monkeypatch.setattr(part, "run", no_work)
    (tmp_path / "variational").write_text("")
    assert main(["lecture", "all", "--out", str(tmp_path)]) == 2
    assert f"out: expected a folder that can be written, got {tmp_path / 'variational'}" in capsys.readouterr().err


@pytest.mark.parametrize("lecture", ["variational", "all"])
def test_data_are_the_ellipses(lecture, tmp_path, capsys):
    (tmp_path / "points.csv").write_text("3,1\n")
    assert main(["lecture", lecture, "--data", str(tmp_path / "points.csv"), "--out", str(tmp_path / "out")]) == 2
    error = f"data: expected none but for the ellipse lecture, got {tmp_path / 'points.csv'} for {lecture}\n"
    assert capsys.readouterr().err == f"refebm lecture: error: {error}"
    assert not (tmp_path / "out").exists()


def test_a_disk_that_fills_is_one_line(tmp_path, capsys, monkeypatch, one_figure):
    monkeypatch.setattr(Path, "write_text", full)
    assert main(["lecture", "--out", str(tmp_path)]) == 2
    error = f"error: out: expected a folder that can be written, got {tmp_path} (No space left on device)\n"
    assert capsys.readouterr().err == f"refebm lecture: {error}"
    report = ["--json", str(tmp_path / "report")]
    assert main(["check", "refebm.oracle.reference", "--select", "softplus", *report]) == 4
    assert f"json: expected a file that can be written, got {tmp_path / 'report'} (No space" in capsys.readouterr().err


def test_what_is_replaced_is_said(tmp_path, capsys, one_figure):
    check = ["check", "refebm.oracle.reference", "--select", "softplus", "--json", str(tmp_path / "report")]
    for command, words in (
        (["lecture", "--out", str(tmp_path)], "1 figures and numbers.txt are in {}{}"),
        (["vectors", str(tmp_path)], "files are in {}{}; SCHEMA.md"),
        (check, "json is in {}/report{}"),
    ):
        assert main(command) == 0
        assert words.format(tmp_path, "") in capsys.readouterr().out
        assert main(command) == 0
        count = {"lecture": 2, "vectors": len(list((tmp_path).glob("*.json"))) + 1, "check": 1}[command[0]]
        assert words.format(tmp_path, f", {count} in place of older ones") in capsys.readouterr().out


def test_a_mistake_of_refebms_own_has_its_traceback(tmp_path, capsys, monkeypatch):
    """And of check, whose 1 and 2 are verdicts, the code 3."""

    def mistaken(*_):
        raise ValueError("shapes (3,) and (2,)")

    monkeypatch.setattr(ellipse_inference, "run", mistaken)
    monkeypatch.setattr(report, "execute", mistaken)
    for arguments, code in ((["lecture", "--out", str(tmp_path)], 1), (["check", "refebm.oracle.reference"], 3)):
        assert main(arguments) == code
        error = capsys.readouterr().err
        assert error.startswith("Traceback")
        assert "in mistaken" in error


# --- the streams, and Ctrl-C


def shell(arguments, redirect="", environ=()):
    """Exit code and output of the command in a process, as a shell starts it."""
    command = f"exec {sys.executable} -m refebm {arguments} {redirect}"
    found = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=ENVIRONMENT | dict(environ))
    return found.returncode, found.stdout, found.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize(
    ("arguments", "redirect", "code", "error"),
    [
        ("explain", ">&-", 0, ""),
        ("explain", "2>&-", 0, ""),
        ("explain", "<&- >&- 2>&-", 0, ""),
        ("explain nothing", "2>&-", 2, ""),
        ("explain nothing", "2>/dev/full", 2, ""),
        ("lecture --data . --out .", "2>&-", 2, ""),
        ("explain", "| (exec <&-; sleep 1)", 0, ""),
        (
            "explain",
            ">/dev/full",
            1,
            "refebm explain: error: output: expected somewhere to write it, got No space left",
        ),
        ("--help", ">/dev/full", 1, "refebm --help: error: output: expected somewhere to write it, got No space left"),
        (
            "check refebm.oracle.reference --select kl",
            ">/dev/full",
            3,
            "refebm check: error: output: expected somewhere",
        ),
        ("check refebm.oracle.reference --select kl", ">&- 2>&-", 0, ""),
    ],
)
def test_closed_and_full_streams(arguments, redirect, code, error):
    found = shell(arguments, redirect)
    assert found[0] == code
    assert found[2].startswith(error)
    assert found[2].count("\n") == bool(error)


def test_any_letter_can_be_printed():
    code, out, error = shell("check \u00e9.py", environ={"PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"})
    assert (code, error) == (3, "")
    assert "xe9.py can't be imported" in out


def heard():
    """Ctrl-C is heard, also where the tests run in the background of a shell that has it ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize(
    "module", ["import time\ntime.sleep(60)", "def softmin(E, beta): sum(range(10**12))"], ids=["asleep", "busy"]
)
def test_ctrl_c_ends_with_130_and_no_traceback(module, tmp_path):
    started = tmp_path / "started"
    (tmp_path / "mine.py").write_text(f"open({str(started)!r}, 'w').close()\n{module}\n", "utf-8")
    (tmp_path / "mine.sh").write_text(f"echo > {started}\nsleep 60\n", "utf-8")
    for arguments in (["mine.py"], ["--cmd", "sh mine.sh"]):
        command = [sys.executable, "-m", "refebm", "check", *arguments, "--timeout", "50"]
        run = subprocess.Popen(
            command, cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.PIPE, start_new_session=True, preexec_fn=heard
        )
        while not started.exists() and run.poll() is None:
            time.sleep(0.02)
        os.killpg(run.pid, signal.SIGINT)
        assert run.communicate()[1] == b""
        assert run.returncode == 130
        started.unlink()


def test_ctrl_c_with_nobody_left_to_read(tmp_path):
    """As in `refebm ... | less`, which Ctrl-C ends too."""
    code = "import sys, refebm.__main__ as m, refebm.oracle.commands as c\n"
    code += "def run(_): print('half'); raise KeyboardInterrupt\nc.run_explain = run\nsys.exit(m.main(['explain']))\n"
    (tmp_path / "run.py").write_text(code, "utf-8")
    reading, writing = os.pipe()
    os.close(reading)
    found = subprocess.run(
        [sys.executable, tmp_path / "run.py"], stdout=writing, stderr=subprocess.PIPE, env=ENVIRONMENT
    )
    os.close(writing)
    assert (found.returncode, found.stderr) == (130, b"")


def test_ctrl_c_in_the_work(capsys, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(ellipse_inference, "run", interrupted)
    assert main(["lecture", "--out", str(tmp_path)]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("seed", ["-1", "1.5", "x", ""])
def test_bad_seed(seed, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["lecture", "--seed", seed])
    assert stopped.value.code == 2
    assert "expected a whole number from 0 up" in capsys.readouterr().err


def test_help_and_version(capsys):
    for arguments, words in (
        (["--help"], "lecture"),
        (["lecture", "--help"], "examples:"),
        (["--version"], "refebm 0"),
    ):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 0
        assert words in capsys.readouterr().out
    assert main([]) == 2
    for arguments, words in ((["variational"], "lecture"), (["lecture", "horn"], "ellipse")):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2
        error = capsys.readouterr().err
        assert f"invalid choice: '{arguments[-1]}'" in error
        assert words in error


def test_module_and_quick_help():
    code = "import sys; from refebm.__main__ import parser; parser(); print('matplotlib' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        == "False"
    )
    command = [sys.executable, "-m", "refebm", "--version"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.startswith("refebm ")
