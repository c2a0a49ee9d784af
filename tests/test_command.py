"""The command line: what it writes, that it repeats, and one clear line for what a user can mend."""

import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from refebm import (
    argmin_z,
    ellipse,
    ellipse_data,
    figures,
    figures_free,
    figures_horn,
    figures_likelihood,
    figures_variational,
    learn,
    learn_from_starts,
    lecture_horn,
    lecture_likelihood,
    lecture_vae,
)
from refebm.__main__ import main

Y = ellipse_data(5, np.random.default_rng(3))


@pytest.fixture(autouse=True)
def small_horn(monkeypatch):
    """The horn's own tests learn it in full; here a short fit will do."""
    quick = partial(learn_from_starts, starts=2, trial=5)
    monkeypatch.setattr(lecture_horn, "learn_from_starts", lambda *a, steps, **b: quick(*a, steps=10, **b))


def test_lecture_writes_every_figure_and_prints_the_fits(tmp_path, capsys):
    assert main(["lecture", "--out", str(tmp_path / "a" / "b"), "--seed", "3"]) == 0
    names = sorted(p.name for p in (tmp_path / "a" / "b").iterdir())
    assert len(names) == 16
    assert names[0] == "01-samples.png"
    assert names[-1] == "numbers.txt"
    out = capsys.readouterr().out
    fit = learn(ellipse, ellipse_data(24, np.random.default_rng(3)), argmin_z, (1.5, 2), np.inf)
    assert f"{fit.w[0]:.6g}" in out
    assert "converged" in out
    assert main(["lecture", "--out", str(tmp_path / "c"), "--seed", "3"]) == 0
    for name in names:
        assert (tmp_path / "c" / name).read_bytes() == (tmp_path / "a" / "b" / name).read_bytes()


def test_variational_writes_every_figure_and_prints_its_numbers(tmp_path, capsys, monkeypatch):
    quick = lecture_likelihood.run, lecture_vae.run
    monkeypatch.setattr(lecture_likelihood, "run", lambda rng: quick[0](rng, steps=5, chains=20))
    monkeypatch.setattr(lecture_vae, "run", lambda rng: quick[1](rng, steps=5))
    for folder in ("a", "b"):
        assert main(["variational", "--out", str(tmp_path / folder), "--seed", "3"]) == 0
    names = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert len(names) == len(figures_likelihood.ALL + figures_variational.ALL) + 1
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    numbers = (tmp_path / "a" / "numbers.txt").read_text("utf-8")
    assert numbers in capsys.readouterr().out
    assert "Code balls" in numbers


@pytest.mark.parametrize(
    "text",
    ["y1,y2\n{}", "{}", "\n\n{}\n\n", "first;second\n{}", "\ufeff{}"],
    ids=["header", "bare", "blank lines", "semicolons", "byte order mark"],
)
def test_lecture_reads_text(tmp_path, capsys, monkeypatch, text):
    monkeypatch.setattr(figures, "ALL", figures.ALL[:1])
    monkeypatch.setattr(figures_free, "ALL", ())
    monkeypatch.setattr(figures_horn, "ALL", ())
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


def bad_files(folder):
    for name, content in {
        "words.csv": "a,b\nc,d\n",
        "ragged.csv": "1,2\n3\n",
        "three.csv": "1,2,3\n4,5,6\n",
        "nan.csv": "1,2\nnan,3\n",
        "inf.csv": "1,2\ninf,3\n",
        "empty.csv": "",
        "header.csv": "y1,y2\n",
        "zeros.csv": "0,0\n0,0\n",
        "tiny.csv": "1e-170,0\n",
        "huge.csv": "1e120,0\n",
        "late.csv": "y1,y2\n1,2\n3,x\n",
        "fake.npy": "1,2\n",
        "binary.csv": "\x00\x01",
    }.items():
        (folder / name).write_text(content)
        yield name
    np.save(folder / "flat.npy", np.arange(4.0))
    np.save(folder / "complex.npy", np.ones((3, 2)) * 1j)
    np.save(folder / "object.npy", np.array([{}, {}], dtype=object), allow_pickle=True)
    yield from ("flat.npy", "complex.npy", "object.npy", "missing.csv", ".")


def test_bad_data_is_one_line_and_exit_2(tmp_path, capsys):
    for name in bad_files(tmp_path):
        assert main(["lecture", "--data", str(tmp_path / name), "--out", str(tmp_path / "out")]) == 2, name
        captured = capsys.readouterr()
        assert captured.err.startswith("refebm lecture: error: data"), captured.err
        assert "expected" in captured.err
        assert captured.err.count("\n") == 1
        assert not captured.out
        assert name != "late.csv" or "line 3 is '3,x'" in captured.err


def test_bad_folder_is_one_line_and_exit_2(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        assert main(["lecture", "--out", str(out)]) == 2
        error = capsys.readouterr().err
        assert error.startswith("refebm lecture: error: out: expected a folder that can be written, got ")
        assert error.count("\n") == 1


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
    with pytest.raises(SystemExit) as stopped:
        main(["no-such-command"])
    assert stopped.value.code == 2


def test_module_and_quick_help():
    code = "import sys; from refebm.__main__ import parser; parser(); print('matplotlib' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        == "False"
    )
    command = [sys.executable, "-m", "refebm", "--version"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.startswith("refebm ")
