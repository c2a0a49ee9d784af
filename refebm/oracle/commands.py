"""The oracle's commands: check, new-adapter, explain, vectors, certify, selftest."""

from __future__ import annotations

import argparse
import re
import shutil
from importlib.resources import files
from typing import Any

from ..files import InputError, file, folder, replaced, writing
from .precision import UNIT

KINDS = ("torch", "jax", "numpy", "json", "laws")

CHECK = """\
Judge an implementation by certified vectors. TARGET is a module path or a .py file that offers functions by the
contract's names (`refebm explain` lists them), arrays in, an array out; any subset will do. --cmd runs a program in any
language that reads a JSON request a line and writes a reply a line. `refebm new-adapter` writes either to begin with. Every
vector is asked twice, with other rows first.

A model that is not of the contract is held against laws by --laws. TARGET then declares DIM, the entries of an observation, and
if it has them LATENTS (k,) or (k, l), W (or a function of a numpy.random.Generator), PRIOR (1/k each), BETA (1), BOX ((-3, 3) for
each entry) or STATES (all that y can be), DTYPE, ARRAY and GRADIENT. It offers any of energy, least_energy, free_energy, slope_y,
slope_w, posterior, variational_free_energy, log_density, score, log_partition, sample, forward, jvp, vjp, whose arguments are
named out of y, z, w, beta, q, n, seed, u, v. `refebm new-adapter laws FILE` writes an example.

exit code: 0 all that was planned ran and passed; 1 wrong, misbehaves, or right by another convention; 2 nearly right at worst (an
approximation, an added constant, lost digits, or a precision that was not said); 3 the adapter failed; 4 nothing or not all ran
"""


def add(commands: Any) -> None:
    """Add the oracle's commands to the command line."""
    raw = argparse.RawDescriptionHelpFormatter
    check = commands.add_parser("check", help="judge an implementation", description=CHECK, formatter_class=raw)
    check.add_argument("target", metavar="TARGET", nargs="?", help="module path or .py file")
    check.add_argument("--cmd", metavar="COMMAND", help="a program that speaks the protocol, in place of TARGET")
    check.add_argument("--laws", action="store_true", help="laws in place of vectors, for a model of your own")
    check.add_argument(
        "--inputs", metavar="N", type=int, default=50, help="fresh inputs for --laws (default: %(default)s)"
    )
    check.add_argument("--select", metavar="NAMES", help="only these functions, commas between")
    check.add_argument(
        "--timeout",
        metavar="S",
        type=float,
        default=10.0,
        help="seconds for each reply (default: %(default)s)",
    )
    check.add_argument(
        "--startup", metavar="S", type=float, default=60.0, help="seconds to start in (default: %(default)s)"
    )
    check.add_argument("--dtype", choices=UNIT, help="precision of the answers (default: the adapter's, or float64)")
    check.add_argument("--allow-inaccurate", action="store_true", help="what is nearly right will do")
    check.add_argument(
        "--fuzz", metavar="N", type=int, default=0, help="N fresh inputs of each function beside the vectors"
    )
    check.add_argument("--seed", metavar="S", type=int, default=0, help="seed of fresh inputs (default: %(default)s)")
    check.add_argument("--kept", metavar="FILE", help="ask the vectors in FILE too, and add what fuzzing finds")
    check.add_argument("--json", metavar="FILE", help="write the report as JSON")
    check.add_argument("--junit", metavar="FILE", help="write the report as JUnit XML")
    check.set_defaults(run=run_check, parser=check)
    new = commands.add_parser("new-adapter", help="write a file that `refebm check` runs, to fill in")
    new.add_argument("kind", metavar="KIND", choices=KINDS, help=", ".join(KINDS))
    new.add_argument("file", metavar="FILE", help="such as my_functions.py")
    new.add_argument("--replace", action="store_true", help="where there is such a file already")
    new.set_defaults(run=run_new_adapter, parser=new)
    explain = commands.add_parser("explain", help="what a mistake is and how to mend it; without a name, the contract")
    explain.add_argument(
        "bug", metavar="BUG", nargs="?", help="such as softmin/no-count, or mutates; a function lists its bugs"
    )
    explain.set_defaults(run=run_explain, parser=explain)
    export = commands.add_parser("vectors", help="export the certified vectors, with their schema")
    export.add_argument("folder", metavar="DIR", nargs="?")
    export.add_argument(
        "--coverage", action="store_true", help="print which parts of each function's domain they visit"
    )
    export.set_defaults(run=run_vectors, parser=export)
    certify = commands.add_parser("certify", help="rebuild the vectors from many-digit arithmetic (needs mpmath)")
    certify.add_argument("subjects", metavar="SUBJECT", nargs="*", help="file of rows (default: all)")
    certify.add_argument("--out", metavar="DIR", help="folder (default: the package's own)")
    certify.set_defaults(run=run_certify, parser=certify)
    selftest = commands.add_parser(
        "selftest", help="judge every bug of the catalogue: the kill matrix; and misbehaviours"
    )
    selftest.set_defaults(run=run_selftest, parser=selftest)


def _refuse(options: argparse.Namespace) -> None:
    """What can be seen to be no use before anything runs."""
    from .contract import NAMES

    if (options.target is None) == (options.cmd is None):
        got = "both" if options.target else "neither"
        raise InputError(f"TARGET: expected a module or file, or --cmd in its place, got {got}")
    select = (options.select or "").replace(",", " ").split()
    if options.select is not None and not select:
        raise InputError(f"select: expected functions of the contract, got {options.select!r}")
    if unknown := [name for name in select if name not in NAMES]:
        raise InputError(
            f"select: expected functions of the contract, got {', '.join(unknown)} (refebm explain lists them)"
        )
    for name, seconds in (("timeout", options.timeout), ("startup", options.startup)):
        if not 1e-3 <= seconds < 1e6:
            raise InputError(f"{name}: expected seconds from 0.001 up to a million, got {seconds:g}")
    for name, number in (("fuzz", options.fuzz), ("seed", options.seed)):
        if number < 0:
            raise InputError(f"{name}: expected a whole number from 0 up, got {number}")


def run_check(options: argparse.Namespace) -> int:
    from .adapters import AdapterFailed, ModuleProcess
    from .kept import add, read
    from .program import CommandAdapter
    from .report import as_json, as_junit, execute, lines

    _refuse(options)
    if options.laws:
        from .laws.lawful import run_laws

        return run_laws(options)
    select = (options.select or "").replace(",", " ").split()
    forms = (("json", options.json, as_json), ("junit", options.junit, as_junit))
    reports = [(name, file(path, name), form) for name, path, form in forms if path is not None]
    keep = None if options.kept is None else file(options.kept, "kept")
    kept = [] if keep is None else read(keep)
    try:
        adapter: ModuleProcess | CommandAdapter
        if options.cmd is None:
            adapter = ModuleProcess(options.target, options.timeout, options.startup)
        else:
            adapter = CommandAdapter(options.cmd, options.timeout, options.startup)
    except AdapterFailed as error:
        print(f"the adapter failed: {error}")
        return 3
    try:
        fresh = options.fuzz, options.seed
        run = execute(adapter, select, options.dtype or "", options.allow_inaccurate, fresh, kept)
    finally:
        adapter.close()
    print("\n".join(lines(run)))
    if keep is not None:
        print(f"{add(keep, kept, run.verdicts)} vectors are new in {keep}, which held {len(kept)}")
    for name, path, form in reports:
        older = replaced([path])
        with writing(name, "file", path):
            path.write_text(form(run), "utf-8")
        print(f"{name} is in {path}{older}")
    return run.code


def run_new_adapter(options: argparse.Namespace) -> None:
    from .skeletons import skeleton

    path = file(options.file, "FILE")
    if path.exists() and not options.replace:
        raise InputError(f"FILE: expected a new file, or --replace, got {path}, which is there already")
    if path.stem == options.kind:
        raise InputError(f"FILE: expected a name that does not hide the module {options.kind}, got {path}")
    older = replaced([path])
    with writing("FILE", "file", path):
        path.write_text(skeleton(options.kind, options.file), "utf-8")
    how = {"json": f'--cmd "python {path}"', "laws": f"--laws {path}"}.get(options.kind, path)
    print(f"an adapter is in {path}{older}; refebm check {how}")


def run_explain(options: argparse.Namespace) -> None:
    from .behaviour import BEHAVIOURS
    from .contract import CATALOGUE, CONTRACT, DRAWS, SAMPLERS, bugs_of
    from .skeletons import limits, signature

    if options.bug is None:
        print(
            "Arguments come in this order, by position; () is a number. Numbers are finite, beta is above 0, q may hold 0 and p"
            " not, but where it says otherwise: energies of inf are forbidden states."
        )
        for name, row in CONTRACT.items():
            print(f"{signature(name)}  {row.summary}{limits(name)}  ({row.equation}; {len(bugs_of(name))} known bugs)")
            for convention, (what, _) in row.conventions.items():
                print(f"    by convention {convention!r}: {what}")
        print("What draws takes a whole number as seed, and gives each row drawn by itself.")
        for name, drawing in DRAWS.items():
            print(f"{signature(name)}  {drawing.summary}  ({drawing.equation}; {len(drawing.bugs)} known bugs)")
        print(f"of any function: {', '.join(BEHAVIOURS)}")
        return
    if options.bug in BEHAVIOURS:
        print("\n  ".join([f"{options.bug}  (of any function)", *BEHAVIOURS[options.bug]]))
        return
    found = [b for b in CATALOGUE if options.bug in (b.id, b.function, CONTRACT[b.function].equation)]
    wrong = {id: b for id, b in SAMPLERS.items() if options.bug in (id, id.split("/")[0])}
    if not found and not wrong:
        raise InputError(
            f"BUG: expected a function of the contract, its equation, one of its bugs, or a misbehaviour, got {options.bug}"
        )
    for bug in found:
        print(f"{bug.id}  ({CONTRACT[bug.function].equation})\n  {bug.what}\n  {bug.mend}")
    for id, sampler in wrong.items():
        print(f"{id}  ({DRAWS[id.split('/')[0]].equation})\n  {sampler.what}\n  {sampler.mend}")


def run_vectors(options: argparse.Namespace) -> None:
    if (options.folder is None) != options.coverage:
        raise InputError(
            f"DIR: expected a folder, or --coverage in its place, got {'both' if options.coverage else 'neither'}"
        )
    if options.coverage:
        from .coverage import lines

        print("\n".join(lines()))
        return
    out, source = folder(options.folder, "DIR"), files(__package__) / "vectors"
    names = sorted(item.name for item in source.iterdir())
    older = replaced(out / name for name in names)
    with writing("DIR", "folder", out):
        for name in names:
            shutil.copyfile(str(source / name), out / name)
    print(f"{len(names)} files are in {out}{older}; SCHEMA.md says what is in them")


def run_certify(options: argparse.Namespace) -> int:
    try:
        from mpmath import __version__ as version
    except ImportError:
        version = "none"
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < (1, 4):
        raise InputError(f"mpmath: expected version 1.4 or newer (pip install 'refebm[dev]'), got {version}")
    from .certify import FOLDER, certify
    from .contract import SUBJECTS

    if unknown := [name for name in options.subjects if name not in SUBJECTS]:
        raise InputError(f"SUBJECT: expected some of {', '.join(SUBJECTS)}, got {', '.join(unknown)}")
    out = folder(FOLDER if options.out is None else options.out, "out")
    with writing("out", "folder", out):
        changed = certify(out, options.subjects or SUBJECTS)
    same = f"every file built is in {out} as it was, byte for byte"
    print(f"written to {out}: {', '.join(changed)}" if changed else same)
    return 0


def run_selftest(options: argparse.Namespace) -> int:
    from .chance.drawn import proved, sampler_lines, samplers
    from .selftest import behaviour_lines, behaviours, lines, named, passed, rows

    table, others, drawn = list(rows()), list(behaviours()), list(samplers())
    print("\n".join([*lines(table), *behaviour_lines(others), *sampler_lines(drawn)]))
    good = all(named(behaviour, v) for behaviour, _, verdicts in others for v in verdicts)
    return 0 if passed(table) and good and proved(drawn) else 1
