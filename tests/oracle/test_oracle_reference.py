"""What the oracle judges as refebm's own is refebm's own: a public function that is off by a millionth is noticed."""

import inspect
import sys
from types import FunctionType

import pytest
from scipy.optimize import OptimizeResult

import refebm
from refebm.energies.energy import Energy
from refebm.oracle import check, reference
from refebm.oracle.contract import CONTRACT, SUBJECTS
from refebm.oracle.judge import vectors


def named(table):
    """A table of names that the last sections of the rows may hold."""
    return {name: names for subject in SUBJECTS.values() for name, names in getattr(subject, table, {}).items()}


RESTS_ON, NO_PART_OF = named("RESTS_ON"), named("NO_PART")
# They run for many rows, and give what is no number.
MAKERS = {"decoded", "marginal", "mlp", "network_decoder"}


def modules():
    return [m for name, m in list(sys.modules.items()) if name.split(".")[0] == "refebm"]


def rests_on(row):
    own = [row] if row in refebm.__all__ and row not in MAKERS else []
    return own + RESTS_ON.get(row, [])


def off(value, by):
    """Every number of a result, by a factor."""
    if isinstance(value, OptimizeResult):
        return OptimizeResult(value, fun=value.fun * by)
    if isinstance(value, (tuple, list)):
        return type(value)(off(v, by) for v in value)
    return value * by


def public_calls(row):
    """Names of the package's public functions that run for a row."""
    public = {name: inspect.unwrap(getattr(refebm, name)) for name in refebm.__all__ if callable(getattr(refebm, name))}
    codes = {getattr(function, "__code__", None): name for name, function in public.items()}
    seen = set()

    def look(frame, event, _):
        if event == "call" and frame.f_code in codes:
            seen.add(codes[frame.f_code])

    arguments = [v.copy() if v.ndim else float(v) for v in vectors(row)[0]["arguments"].values()]
    before = sys.getprofile()
    sys.setprofile(look)
    try:
        getattr(reference, row)(*arguments)
    finally:
        sys.setprofile(before)
    return seen


@pytest.mark.parametrize("row", CONTRACT)
def test_every_public_function_that_a_row_rests_on_is_tested(row, monkeypatch):
    names = rests_on(row)
    assert names
    assert public_calls(row) <= {*names, *MAKERS, *NO_PART_OF.get(row, ())}
    assert check(reference, [row]).code == 0
    for name in names:
        with monkeypatch.context() as patch:
            for holder in (Energy, *modules()):
                for alias, f in list(vars(holder).items()):
                    if (
                        isinstance(f, FunctionType)
                        and f.__name__ == name
                        and not f.__module__.startswith("refebm.oracle")
                    ):
                        patch.setattr(holder, alias, lambda *a, f=f, **k: off(f(*a, **k), 1 + 1e-6))
            assert check(reference, [row]).verdicts[0].verdict in ("INACCURATE", "WRONG"), name


# Public names without a row of their own, by the reason why.
WITHOUT_A_ROW = {
    "it makes something, whose numbers have rows": """
        Energy Kernel Potential VAE block_gibbs circle_decoder decoded ellipse feature_potential horn joint kmeans marginal
        mixture mlp network_decoder network_potential pca probabilistic_pca rbm rbm_gibbs rbm_packing rbm_potential
        single_site_gibbs""",
    "it draws": "contrastive_divergence ellipse_data observe sample sample_chain start start_vae stochastic_descent",
    "it searches: where that ends is no formula": """
        argmin_z exhaustive learn learn_from_starts learn_likelihood learn_vae predict search""",
    "it takes a function": "integrate score",
    "it gives as many nodes as are asked for": "gauss_grid gauss_hermite latent_grid mesh product_grid",
    "it is another's, in bits: a convention of that row": "box_information_bits gaussian_kl_bits kl_bits",
    "it is another's with the sign turned, times a number, or of other arrays": """
        encode energy_loss energy_loss_adjoint free_energy_and_slope gibbs_weights kl_log rbm_energy_adjoint
        rbm_log_partition_adjoint softargmax_adjoint softmax_adjoint softmin_adjoint""",
    "it is known up to a constant only": "kl_adjoint variational_free_energy_adjoint",
}


def test_every_public_name_has_a_row_or_a_reason():
    """A row is one that notices when the function is off."""
    reasons = [name for names in WITHOUT_A_ROW.values() for name in names.split()]
    rows = {name for row in CONTRACT for name in rests_on(row)} & set(refebm.__all__)
    assert sorted(reasons) == sorted(set(refebm.__all__) - rows)
