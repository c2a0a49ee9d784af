"""Runs what the README tells a reader to run, then the tests at the lowest versions that setup.cfg allows.

Each line of the README's ``sh`` blocks is a command, and has a virtual environment and a copy of the tree of its own, in
which the files of the README's ``python`` blocks (those that begin with ``# name.py``) are. A command that installs nothing
is for a reader who has installed refebm: `pip install .` comes before it.
"""

import configparser
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)


def commands():
    lines = [line for block in blocks("sh") for line in block.replace("\\\n", " ").splitlines() if line.strip()]
    return [line if "pip install" in line else f"pip install . && {line}" for line in lines]


def files():
    return {m[1]: block for block in blocks("python") if (m := re.match(r"# (\w+\.py)\n", block))}


def lowest():
    """The requirements of the package and of its tests, each at the lowest version allowed."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    rows = setup["options"]["install_requires"] + setup["options.extras_require"]["test"]
    return [f"{name}=={version}" for name, version in (row.split(">=") for row in rows.split())]


def run(command, folder):
    tree, venv = folder / "tree", folder / "venv"
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().split()]
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", *ignored))
    for name, text in files().items():
        (tree / name).write_text(text, "utf-8")
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    env |= {"PATH": f"{venv / 'bin'}:{env['PATH']}", "MPLCONFIGDIR": str(folder / "matplotlib")}
    env |= {"PIP_QUIET": "1", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.run(["bash", "-euc", command], cwd=tree, env=env, text=True, errors="replace", **quiet)


def timed(command):
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        done = run(command, Path(folder))
    print(f"\n$ {command}\n{done.stdout}exit code {done.returncode} after {time.monotonic() - start:.0f} s", flush=True)
    return command if done.returncode else None


def main():
    # The tests take longest, so they begin first; three at a time keep two cores busy to the end.
    every = sorted([*commands(), f"pip install {' '.join(lowest())} . && pytest"], key=lambda c: "pytest" not in c)
    with ThreadPoolExecutor(3) as pool:
        failed = [command for command in pool.map(timed, every) if command]
    if failed:
        sys.exit("failed: " + "; ".join(failed))


if __name__ == "__main__":
    main()
