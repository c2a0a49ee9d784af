"""Every argument of every public function: what is never good is refused by its own name, whatever comes is answered or refused."""

import inspect
import warnings

import numpy as np
import pytest

import refebm as r

RNG = np.random.default_rng
Y, Z, W, X = np.array([[0.3, 1.2], [-1.0, 0.4]]), np.array([0.0, 1.0, 2.0]), np.array([1.5, 2.0]), np.array([0.2, 0.7])
E, Q = np.array([1.0, 2.0, 4.0]), np.array([0.2, 0.3, 0.5])
NET = r.network_potential(r.mlp([3, 2, 1], "softplus"), spring=1.0, conditions=1)
V = r.VAE(r.mlp([2, 2]), r.mlp([1, 2]))
HORN = {"energy": r.horn, "y": Y, "w": np.full(r.horn.size, 0.1), "x": X}
POTENTIAL = {"potential": NET, "y": Y, "w": np.full(NET.size, 0.1), "x": X}
CODED = {"vae": V, "y": Y, "w": np.full(V.size, 0.1)}
FREE = {**HORN, "z": Z, "beta": 1.0, "p": Q}
SOFT, SCORES, TABLE = (
    {"E": E, "beta": 1.0, "axis": -1, "p": Q},
    {"s": E, "beta": 1.0, "axis": -1},
    {"E": E, "q": Q, "axis": -1},
)
KL, GAUSSIANS = {"q": Q, "p": Q[::-1], "axis": 0}, {"m": E, "s": E, "r": E}
LEARN = {**HORN, "z": Z, "beta": 1.0, "method": "gd", "steps": 2, "tol": 1e-3, "rate": 0.1, "batch": 2, "rng": RNG(0)}
# good arguments, all of them
GOOD = {
    "softmin": SOFT,
    "softmin_adjoint": {**SOFT, "F_bar": 1.0},
    "softargmin": SOFT,
    "softargmin_adjoint": {"E": E, "beta": 1.0, "p_bar": E, "axis": -1},
    "softmax": SCORES,
    "softmax_adjoint": {**SCORES, "F_bar": 1.0},
    "softargmax": SCORES,
    "softargmax_adjoint": {**SCORES, "p_bar": E},
    "softplus": {"u": E},
    "softplus_adjoint": {"u": E, "v_bar": E},
    "hinge": {"u": E},
    "hinge_adjoint": {"u": E, "v_bar": E},
    "radii": {"x": X, "a": 1.5, "b": 2.0},
    "observe": {"x": X, "rng": RNG(0), "sigma": 0.1},
    "ellipse_data": {"n": 3, "rng": RNG(0), "sigma": 0.1},
    "latent_grid": {"k": 3},
    "mesh": {"step": 0.5, "y1": (0, 1), "y2": (0, 1)},
    "infer": {"y": Y, "w": W, "method": "exact"},
    "argmin_z": HORN,
    "free_energy": FREE,
    "free_energy_and_adjoint": {**FREE, "F_bar": 1.0},
    "free_energy_and_slope": FREE,
    "gibbs_weights": FREE,
    "energy_loss": {"F": E},
    "energy_loss_adjoint": {"F": E, "l_bar": E},
    "hinge_loss": {"F": E, "F_hat": E[::-1], "margin": 1.0},
    "hinge_loss_adjoint": {"F": E, "F_hat": E[::-1], "margin": 1.0, "l_bar": E},
    "log_loss": {"F": E, "F_hat": E[::-1]},
    "log_loss_adjoint": {"F": E, "F_hat": E[::-1], "l_bar": E},
    "loss_functional": {**HORN, "z": Z, "beta": 1.0, "loss": "hinge", "y_hat": Y[::-1], "margin": 1.0},
    "start": {"energy": r.horn, "y": Y, "x": X, "rng": RNG(0)},
    "learn": {**LEARN, "held_out": (Y, X), "patience": 2},
    "learn_from_starts": {
        "energy": r.horn,
        "y": Y,
        "x": X,
        "z": Z,
        "beta": 1.0,
        "rng": RNG(0),
        "starts": 1,
        "trial": 1,
    },
    "search": {**HORN, "method": "grid", "box": (0.0, 6.0), "points": 4, "starts": 1, "rng": RNG(0)},
    "product_grid": {"box": (0, 1), "points": 2, "latent": 1},
    "mlp": {"widths": [2, 3, 1], "activation": "softplus"},
    "kl": KL,
    "kl_adjoint": {**KL, "kl_bar": 1.0},
    "kl_bits": KL,
    "kl_log": {"log_q": np.log(Q), "log_p": np.log(Q), "measure": np.ones(3), "axis": 0},
    "entropy": {"q": Q, "axis": 0},
    "gaussian_kl": GAUSSIANS,
    "gaussian_kl_bits": GAUSSIANS,
    "gaussian_kl_adjoint": {**GAUSSIANS, "kl_bar": E},
    "box_information": {"s": 1.0, "r": 2.0, "d": 2},
    "box_information_bits": {"s": 1.0, "r": 2.0, "d": 2},
    "log_partition": {"E": E, "beta": 1.0, "measure": Q, "axis": 0},
    "log_gibbs": {"E": E, "beta": 1.0, "measure": Q, "axis": 0},
    "log_marginal": {"log_p": np.log(Q), "measure": Q, "axis": 0},
    "gauss_grid": {"box": [(0, 1)], "panels": 2, "order": 3},
    "integrate": {"F": lambda y: y[:, 0], "beta": 1.0, "box": [(0, 1)], "tol": 1e-3},
    "expected_energy": TABLE,
    "variational_free_energy": {**TABLE, "beta": 1.0, "p": Q},
    "variational_free_energy_adjoint": {**TABLE, "beta": 1.0, "p": Q, "F_bar": 1.0},
    "jensen_gap": {**TABLE, "beta": 1.0, "p": Q},
    "gauss_hermite": {"order": 3, "latent": 2},
    "gaussian_free_energy": {**HORN, "m": [[0.1], [0.2]], "s": [[1.0], [2.0]], "beta": 1.0, "r": 1.0, "order": 3},
    "predict": {**POTENTIAL, "method": "lbfgs"},
    "negative_log_likelihood": {**POTENTIAL, "space": Y, "measure": [1.0, 2.0]},
    "likelihood_gradient": {**POTENTIAL, "y_hat": Y, "x_hat": X, "batches": 2},
    "learn_likelihood": {**POTENTIAL, "space": Y, "measure": 1.0, "decay": 0.1},
    "score": POTENTIAL,
    "sample": {**POTENTIAL, "steps": 2, "alpha": 0.1, "rng": RNG(0), "method": "mala", "burn": 1, "thin": 1},
    "effective_sample_size": {"draws": RNG(0).normal(size=(8, 2, 2))},
    "network_potential": {"chain": r.mlp([2, 1]), "beta": 1.0, "spring": 1.0, "conditions": 1},
    "network_decoder": {"chain": r.mlp([3, 2]), "code": 2, "latent": 1},
    "circle_decoder": {},
    "marginal": {"energy": r.horn, "z": Z, "beta": 1.0, "p": Q},
    "joint": {"energy": r.horn, "beta": 1.0},
    "Energy": {"decoder": r.circle_decoder(), "predictor": r.mlp([1, 2]), "regulariser": "l1", "strength": 1.0},
    "Potential": {"value": lambda *a: a[0][:, 0], "adjoint": lambda *a: (a[0], a[1]), "dim": 2, "size": 1, "beta": 1.0},
    "VAE": {"encoder": r.mlp([2, 2]), "decoder": r.mlp([1, 2]), "beta": 1.0, "r": 1.0, "spring": 1.0, "sizing": 1.0},
    "encode": CODED,
    "vae_loss": {**CODED, "eps": [[0.1], [0.2]], "weight": [0.5, 0.5]},
    "start_vae": {"vae": V, "y": Y, "rng": RNG(0), "size": 0.5},
    "learn_vae": {**CODED, "method": "gd", "order": 2, "draws": 1, "batch": 2, "rng": RNG(0)},
}
ALSO = {name: {"steps": 2} for name in ("learn_from_starts", "learn_likelihood", "learn_vae")}  # goes on to `learn`
ARGUMENTS = [f"{name}:{key}" for name, good in GOOD.items() for key in good]
# refused later, by what takes them: a potential's latents, and its prior, when it is asked
LATER = ("marginal:z", "marginal:p")
# fmt: off
NEVER_GOOD = [
    "abc", b"abc", {"a": 1}, object(), [[1.0], [1.0, 2.0]], [], np.empty((0, 2)), np.nan, [np.nan, 1.0], True, [True],
    np.array(["a"]), np.array([object()]), np.ma.masked, np.ma.array([1.0, 2.0], mask=[False, True]), 10**400, None, -np.inf,
]
MINUS_INFINITY_IS_GOOD = ("s", "u", "F", "log_p", "log_q")
ODD = [
    2j, np.array([1j, 2.0]), Y + 1e-20j, 1e308, -1e308, 1e150, 1e-320, -1.0, 0, 0.0, 1, 2.5, 10**12, -(10**12), np.inf,
    np.float32(0.5), np.longdouble(0.5), np.int64(2), np.uint8(3), np.ones((3, 3, 3)), np.full((2, 2), 1e150),
    np.full((2, 2), 1e-170), np.full(r.horn.size, 1e55), np.full(NET.size, 1e149), np.zeros(2), np.zeros((2, 1)),
    [0.0, 1e-300, 1.0], [0, 0, 1], [1e308] * 3, [np.inf, 1.0, 2.0], Y.astype(np.float32), (0, 1), (1, 0), ((0, 1), (0, 1)),
    np.array([[1, 2], [3, 4]], dtype=object), "grid", "adam", lambda *a: np.ones(1), r.circle_decoder(), V, r.mlp([2, 2]),
    RNG(0), np.random.RandomState(0),
]
# fmt: on


def call(argument, value):
    """What a public function gives where one argument is changed."""
    name, key = argument.split(":")
    return getattr(r, name)(**{**GOOD[name], key: value}, **ALSO.get(name, {}))


def numbers(result):
    """All arrays of a result."""
    if isinstance(result, dict):
        return [v for k, v in result.items() if k not in ("message", "method", "history")]
    return list(result) if isinstance(result, tuple) else [result]


def test_every_argument_of_every_public_function_is_here():
    functions = {
        name for name in r.__all__ if callable(getattr(r, name)) and not isinstance(getattr(r, name), r.Energy)
    }
    assert set(GOOD) == functions
    for name, good in GOOD.items():
        parameters = inspect.signature(getattr(r, name)).parameters.values()
        assert set(good) == {parameter.name for parameter in parameters if parameter.kind != parameter.VAR_KEYWORD}, (
            name
        )


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_what_is_never_good_is_refused_by_its_own_name(argument):
    name, key = argument.split(":")
    default = inspect.signature(getattr(r, name)).parameters[key].default
    for bad in NEVER_GOOD:
        if (bad is None and default is None) or (bad is NEVER_GOOD[-1] and key in MINUS_INFINITY_IS_GOOD):
            continue
        if argument in LATER:
            continue
        with np.errstate(all="raise"), pytest.raises((TypeError, ValueError)) as caught:
            call(argument, bad)
        message = str(caught.value)
        assert message.startswith(f"{key}: expected "), (bad, message)
        assert ", got " in message
        assert "np." not in message.replace("numpy", "")
        assert "\n" not in message


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_whatever_comes_is_answered_or_refused_by_name(argument):
    """No NaN, no warning, no other error, and the same under NumPy's strictest error state."""
    name, _ = argument.split(":")
    names = tuple(f"{key}: expected " for key in inspect.signature(getattr(r, name)).parameters)
    for value in ODD:
        try:
            with np.errstate(all="raise"), warnings.catch_warnings():
                warnings.simplefilter("error")
                result = call(argument, value)
        except (TypeError, ValueError) as error:
            assert str(error).startswith(names), (value, str(error))
            continue
        for part in numbers(result):
            if isinstance(part, (float, complex, np.ndarray, np.generic)):
                assert not np.isnan(part).any(), value
                assert np.asarray(part).dtype in (float, complex, int, bool), value
