"""What the tests did not notice: every mutant that survived, with its reason.

    pip install -e '.[dev]'
    mutmut run                   # one and a half hours on two cores; its settings are in setup.cfg
    python tests/mutation.py     # the share that is killed, module by module, and the survivors

A survivor is a change of a numerical module with which all tests still pass. Each has to be explained by an entry of
REASONS: a pattern for "module.function: new line", and why the change is none, or none that matters. Ends with 1 where a
survivor is not explained, or less than 95 % of all mutants are killed.
"""

import ast
import difflib
import json
import re
import sys
from collections import Counter
from pathlib import Path

KILLED = {1, 3, 36, -24, 24, 152, 255, -11, -6, -9}  # by a failing test, a crash, or a time-out
REASONS = [
    # What Python and NumPy make the same of.
    (
        r"zip\(.*(strict=(None|False)|, \))",
        "no change: the lengths are equal by construction, which strict=True only states",
    ),
    (
        r"reshape\(-2|, -2[,)]|reshape\(None\)",
        "no change: NumPy takes any negative size for the rest, and None for the shape that is there",
    ),
    (r"np\.(ones\(len\(\w+\)|zeros\(n), (None|)\)", "no change: ones are as true as True, and zeros as false as False"),
    (r"errstate\(", "no change in a result: a warning that is off by default, or that no input of the tests raises"),
    (r"sign=-2", "no change: only the sign of sign is used"),
    (
        r'_line: .*(method=None|"BOUNDED"|args=\(q, p, C\), options)|"(l-bfgs-b|cg)"',
        "no change: SciPy's name in other letters, or its default",
    ),
    (r"complex_ok=True\)(\[0\])?$|_table: E, .*energies\(E, \)", "no change: the name left out is the default one"),
    (r"network_decoder: .*(, None\)|, \))$", "no change: the table left out is the default, none"),
    (r"zeros_like\(None\)", "no change: a scalar 0 broadcasts as the zeros do"),
    (r"sum\(axis=\+1\)", "no change: of two axes the last is axis 1"),
    (r"or True else False\)\)\.all", "no change: without a prior, None == 0 is False too"),
    (r"_rows: .*2\.0|_rows\(E, q, 2\.0", "no change: weights are divided by their sum, and beta is not used there"),
    (
        r"reparametrise_adjoint\((None, s|m, None)",
        "no change: an argument that stands for its shape in the contract alone",
    ),
    (r"check_x: ", "no change: both are None or neither, and the size is checked beside the shape"),
    (
        r"_split: |accurate_sum: ",
        "no change but below the rounding: another constant that splits, a pass or a part more",
    ),
    (r"np\.where\(z <= 0", "no change: 2 pi is put back to 0"),
    (r"not callable\(None\)", "no change: a rule has no axes"),
    # Values that are multiplied by 0, replaced, or met by both branches alike.
    (
        r"np\.where\((q|near|plain|None|prior|p > 0|np\.isinf\(\w(\.real)?\)).*"
        r"([,(] ?(1|1\.0|2|0|None|t, 1|ratio, 2|2049\.0)\)?)|where\((q == 1|None)",
        "no change: the value is multiplied by 0, only scales, or both branches are the same there",
    ),
    (r"softplus(_adjoint)?: .*>= 0|tanh_adjoint: .*(>= 0|> 1)", "no change: both branches agree there"),
    (
        r"rows\._mean: scale|exponents: |_coefficients: unit",
        "no change: a power of two, which scales and unscales exactly",
    ),
    (r"_each: size", "no change: a size of 0 has all coefficients 0"),
    (
        r"near = |close: .*( > |< 2)|_log_ratio: |box_information(_bits)?: .*(s|and) .*r|kl_adjoint: .*near",
        "no change but for rounding: two formulas that agree near the threshold between them",
    ),
    # Limits, and equalities that are never met.
    (
        r"(LARGEST|LARGEST_GRID):?$|_solve: while|< 301|<= 300|/ 5$|losses\.gap: .*\"F(_hat)?\", \)",
        "a limit of input moved by one value, or from far beyond all data to still further",
    ),
    (
        r"_desc(end|ents): (converged|success).*(/|2 \+|2\.0)|maxiter",
        "what counts as converged, moved by less than any search comes near",
    ),
    (
        r"(<|<=|>|>=) (tol|[14]e-\d+|0\.5|log_acceptance|0\)\.any|0\)\))",
        "no change that can be met: equality of two computed numbers",
    ),
    # Searches.
    (
        r"meshgrid\(\*\[(axis|node|weight)\] \* latent, \)|gauss_grid: weights = .*, \)",
        "no change that matters: the same grid in another order of its axes, which are alike",
    ),
    (
        r"search\._grid: (z = |low\[|step = np\.ptp|trials = z\[:, None\] -)|search\.search: grid = ",
        "another candidate or step of the search, which ends at the same minimum",
    ),
    (r"_descent: (best|starts) = ", "no change: a candidate that is never the best"),
    (
        r"searches\._(scale|grid): .*(middle|low\[|argsort|step = )",
        "another unit or another order of the candidates, of which the same one ends as the least",
    ),
    (r"walk_kernel: .*dim, None\)", "no change: a walk's step is named in an error that no walk meets"),
    # Speed.
    (
        r"circle_decoder: ",
        "made once at import, before a mutant is switched on; by hand these changes fail test_energies.py and test_manifold.py",
    ),
    (r"tiles\(|// [45]\)|TILE", "speed or memory only: the size of a tile, or of a part"),
    (
        r"shares: |_even: |on_all_cores: |workspace: |keep: |out=None|np\.(square|multiply|matmul)\(.*, \)",
        "speed or memory only: how the work is cut, or what is kept",
    ),
    (
        r"_least: .*(>= len|axis=None|>= 1)",
        "speed only: rows without ties go through the careful way too, and come out the same",
    ),
    (
        r"Manifold\.__init__: (if p |least = |self\.depth)",
        "speed only: rows near a threshold, which are good both ways, or points of prior 0, which weigh nothing both ways",
    ),
    (
        r"_sums: .*self\.depth|_moments: .*(odd|0\.3|1\.3|beta \* m)",
        "speed only: a tile that is shifted without need, or rows near a threshold, which are good both ways",
    ),
    (
        r"Manifold\.slope: self\._each|_faster: |self\.fast = |integrated: if energy\.fast|_moments: if not self\.fast",
        "speed only: adjoints made that nobody asked for, the general way in place of the fast one",
    ),
    (r"checks\.describe\(None\)|raise ValueError|f\"", "wording of what came in an error"),
]


def functions(source):
    """Name of each function, mutants included, to its lines."""
    lines = source.split("\n")
    return {
        node.name: lines[node.lineno : node.end_lineno]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
    }


def change(old, new):
    """The lines that a mutant adds, or takes away where it adds none."""
    lines = [
        line for line in difflib.unified_diff(old, new, lineterm="", n=0) if not line.startswith(("---", "+++", "@@"))
    ]
    added = [line[1:].strip() for line in lines if line[0] == "+"]
    return " ".join(added or ["without " + line[1:].strip() for line in lines])


def survivors(folder):
    """(module, function, changed line) of each survivor, and how many mutants each module has and how many are killed."""
    total, killed, found = Counter(), Counter(), []
    for meta in sorted(folder.rglob("*.py.meta")):
        module, results = meta.name.removesuffix(".py.meta"), json.loads(meta.read_text())["exit_code_by_key"]
        code = functions(meta.with_suffix("").read_text())
        for key, result in results.items():
            if result is None:
                raise SystemExit(f"{key} was not run: mutmut run")
            total[module] += 1
            killed[module] += result in KILLED
            if result not in KILLED:
                name = key.rsplit(".", 1)[1]
                whole = name.rsplit("__mutmut_", 1)[0]
                found.append(
                    (
                        module,
                        whole.replace("ǁ", ".").removeprefix("x_").removeprefix("x."),
                        change(code[f"{whole}__mutmut_orig"], code[name]),
                    )
                )
    return found, total, killed


def main():
    found, total, killed = survivors(Path("mutants"))
    explained, unexplained = Counter(), []
    by_reason = {reason: [] for _, reason in REASONS}
    for module, function, line in found:
        reason = next((why for pattern, why in REASONS if re.search(pattern, f"{module}.{function}: {line}")), None)
        (unexplained if reason is None else by_reason[reason]).append(f"{module}.{function}: {line}")
        explained[module] += reason is not None
    for module in total:
        print(f"{module:<14} {killed[module]:>5} of {total[module]:>5} killed, {killed[module] / total[module]:.1%}")
    for reason, lines in by_reason.items():
        print(f"\n{reason} ({len(lines)})")
        for line in lines:
            print(f"    {line}")
    share = sum(killed.values()) / sum(total.values())
    print(
        f"\n{sum(killed.values())} of {sum(total.values())} killed, {share:.1%}; {len(unexplained)} survivors unexplained"
    )
    for line in unexplained:
        print(f"    {line}")
    return int(bool(unexplained) or share < 0.95)


if __name__ == "__main__":
    sys.exit(main())
