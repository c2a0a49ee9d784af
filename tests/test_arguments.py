"""Every argument of every public function: what is never good is refused by its own name, whatever comes is answered or refused.

The good arguments of a model's functions stand with its own tests, in a ``GOOD`` of a file in tests/models (and in
``GOOD_METHODS`` which other methods each has).
"""

import inspect
import sys
import tracemalloc
import warnings
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import refebm as r
from refebm.models import vae
from refebm.parts.chains import Chain
from refebm.parts.networks import ACTIVATIONS, affine

RNG = np.random.default_rng
Y, Z, W, X = np.array([[0.3, 1.2], [-1.0, 0.4]]), np.array([0.0, 1.0, 2.0]), np.array([1.5, 2.0]), np.array([0.2, 0.7])
E, Q = np.array([1.0, 2.0, 4.0]), np.array([0.2, 0.3, 0.5])
NET = r.network_potential(r.mlp([3, 2, 1], "softplus"), spring=1.0, conditions=1)
V = r.VAE(r.mlp([2, 2]), r.mlp([1, 2]))
HORN = {"energy": r.horn, "y": Y, "w": np.full(r.horn.size, 0.1), "x": X}
POTENTIAL = {"potential": NET, "y": Y, "w": np.full(NET.size, 0.1), "x": X}
FREE = {**HORN, "z": Z, "beta": 1.0, "p": Q}
LEARNED = {"F": r.marginal(r.horn, Z, 1.0), "y": Y, "w": np.full(r.horn.size, 0.1), "x": X}
SOFT, SCORES, TABLE = (
    {"E": E, "beta": 1.0, "axis": -1, "p": Q},
    {"s": E, "beta": 1.0, "axis": -1},
    {"E": E, "q": Q, "axis": -1},
)
KL, GAUSSIANS = {"q": Q, "p": Q[::-1], "axis": 0}, {"m": E, "s": E, "r": E}
SIGNS = r.Energy(
    lambda y, z, w, x: np.square(y[:, :1] - w[0] * z[..., 0]),
    lambda y, z, w, x, E_bar: (0 * y, 0 * z, 0 * w, 0 * x),
    *(2, 1, 1, 1),
    latents=[[-1.0], [1.0]],
)
LEARN = {**LEARNED, "method": "gd", "steps": 2, "tol": 1e-3, "rate": 0.1, "batch": 2, "rng": RNG(0)}
# good arguments, all of them, but for those of the models below
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
    "loss_functional": {**LEARNED, "loss": "hinge", "y_hat": Y[::-1], "margin": 1.0},
    "start": {"model": r.horn, "y": Y, "x": X, "rng": RNG(0)},
    "learn": {**LEARN, "held_out": (Y, X), "patience": 2},
    "learn_from_starts": {"F": LEARNED["F"], "y": Y, "x": X, "rng": RNG(0), "starts": 1, "trial": 1},
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
    "negative_log_likelihood_hessian": {**POTENTIAL, "space": Y, "measure": [1.0, 2.0]},
    "learn_likelihood": {
        **POTENTIAL,
        "space": Y,
        "measure": 1.0,
        "decay": 0.1,
        "check": (Y + 0.5, [1.0, 0.5]),
        "agree": 1e-6,
    },
    "score": POTENTIAL,
    "sample": {**POTENTIAL, "steps": 2, "alpha": 0.1, "rng": RNG(0), "method": "mala", "burn": 1, "thin": 1},
    "Kernel": {"start": lambda y: (y,), "noise": lambda rng, n: rng.random(n), "move": lambda state, u: (state, u < 1)},
    "sample_chain": {
        "kernel": r.single_site_gibbs(2, lambda v: v[:, 0] * v[:, 1]),
        "y": [[0.0, 1.0]],
        "steps": 2,
        "rng": RNG(0),
        "burn": 1,
        "thin": 1,
    },
    "block_gibbs": {"dim": 3, "blocks": (([0, 1], lambda v: v[:, 1:]),)},
    "single_site_gibbs": {"dim": 3, "E": lambda v: v[:, 0], "beta": 1.0},
    "effective_sample_size": {"draws": RNG(0).normal(size=(8, 2, 2))},
    "network_potential": {"chain": r.mlp([2, 1]), "beta": 1.0, "spring": 1.0, "conditions": 1},
    "feature_potential": {"chain": r.mlp([2, 1]), "u": np.full(3, 0.1), "beta": 1.0, "spring": 1.0},
    "network_decoder": {"chain": r.mlp([3, 2]), "code": 2, "latent": 1},
    "circle_decoder": {},
    "marginal": {"energy": r.horn, "z": Z, "beta": 1.0, "p": Q},
    "joint": {"energy": r.horn, "beta": 1.0},
    "decoded": {"decoder": r.circle_decoder(), "predictor": r.mlp([1, 2]), "regulariser": "l1", "strength": 1.0},
    "Energy": {
        "value": lambda y, z, w, x: y[:, :1] * z[..., 0],
        "adjoint": lambda y, z, w, x, E_bar: (y, z, w),
        "dim": 2,
        "latent": 1,
        "size": 1,
        "conditions": 1,
        "latents": [[0.0], [1.0]],
        "start": lambda y, rng, x: np.zeros(1),
        "slack": lambda y, z, w, x, m: 0 * m,
        "fast": lambda z, beta, p: None,
        "boxes": None,
    },
    "Potential": {
        "value": lambda *a: a[0][:, 0],
        "adjoint": lambda *a: (a[0], a[1]),
        "dim": 2,
        "size": 1,
        "beta": 1.0,
        "curvature": lambda *a: (np.zeros((len(a[0]), 1)), np.zeros((1, 1))),
        "conditions": 1,
        "start": lambda y, rng, x: np.zeros(1),
        "slope_pass": lambda *a: (a[0][:, 0], a[0]),
        "gradient_pass": lambda *a: (a[0][:, 0], a[1]),
    },
    "exhaustive": {"energy": SIGNS, "y": Y, "w": W[:1], "x": X},
    "stochastic_descent": {
        "gradients": lambda: [lambda w: 2 * w] * 2,
        "w": W,
        "steps": 2,
        "rate": 0.1,
        "method": "sgd",
        "objective": lambda w: (float(w @ w), 2 * w),
        "tol": 1e-3,
        "watch": lambda w: float(w @ w),
        "patience": 2,
    },
}
# the same arguments are checked by methods that have no use for them
METHODS = {
    "learn": ("lbfgs", "adam"),
    "search": ("lbfgs",),
    "predict": ("enumeration",),
    "sample": ("walk",),
    "stochastic_descent": ("adam",),
}
MODELS = Path(__file__).parent / "models"
sys.path.insert(0, str(MODELS))
for path in sorted(MODELS.glob("test_*.py")):
    model = import_module(path.stem)
    GOOD |= getattr(model, "GOOD", {})
    METHODS |= getattr(model, "GOOD_METHODS", {})


def goes_on(name):
    """Whether a function takes the options of another, which learns."""
    kinds = {key: p.kind for key, p in inspect.signature(getattr(r, name)).parameters.items()}
    return inspect.Parameter.VAR_KEYWORD in kinds.values() and "steps" not in kinds


ALSO = {name: {"steps": 2} for name in GOOD if goes_on(name)}
ARGUMENTS = [f"{name}:{key}" for name, good in GOOD.items() for key in good]
# whatever it is, it is for rules to look at
LATER = ("Energy:boxes",)
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


def call(argument, value, **changes):
    """What a public function gives where one argument is changed."""
    name, key = argument.split(":")
    return getattr(r, name)(**{**GOOD[name], **changes, key: value}, **ALSO.get(name, {}))


WIDE = r.VAE(r.mlp([2, 4]), r.mlp([2, 10**3, 2]))


def call_vae(vae=V, y=Y, **options):
    return r.learn_vae(vae, y, np.full(vae.size, 0.1), rng=RNG(0), **options)


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
        for method in ("", *METHODS.get(name, ())):
            changes = {"method": method} if method else {}
            with np.errstate(all="raise"), pytest.raises((TypeError, ValueError)) as caught:
                call(argument, bad, **changes)
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


def scaled(value, unit):
    """The first entry, or all of them, of a float or of an array of floats in another unit; the rest is as it was."""
    first = np.array(value, float)
    first.flat[0] *= unit
    every = np.array(value, float) * unit
    return [first[()], every[()]]


def floats(value):
    return isinstance(value, float) or (isinstance(value, (list, np.ndarray)) and np.asarray(value).dtype.kind == "f")


@pytest.mark.parametrize("argument", [a for a in ARGUMENTS if floats(GOOD[a.split(":")[0]][a.split(":")[1]])])
def test_no_magnitude_meets_numpys_error_state(argument):
    """Each argument's good value in units from the least float to nearly the largest that squares may have."""
    name, key = argument.split(":")
    names = tuple(f"{key}: expected " for key in (*inspect.signature(getattr(r, name)).parameters, "w", "rate"))
    for unit in (1e-320, 1e-300, 1e-200, 1e-160, 1e-100, 1e75, 1e149, 1e300):
        for value in scaled(GOOD[name][key], unit):
            try:
                with np.errstate(all="raise"), warnings.catch_warnings():
                    warnings.simplefilter("error")
                    call(argument, value)
            except (TypeError, ValueError) as error:
                assert str(error).startswith(names), (value, str(error))


def test_extremes_together_meet_no_error_state():
    y, tiny, half = r.ellipse_data(4, RNG(0)), 5e-324, np.array([1 - 1e-10, 1e-10])
    disorder = -tiny * np.log(tiny)
    features = r.feature_potential(r.mlp([2, 3]), np.full(9, 0.1))
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        loss, _ = r.negative_log_likelihood(r.marginal(r.ellipse, r.latent_grid(48), 10.0), y, [2, 1.5], y * 10)
        assert np.isfinite(loss)
        assert r.softmin([0, 740], 1, p=[1, 0.5]) == pytest.approx(np.log(1.5), rel=1e-15)
        assert r.softmin([0, 1], 1, p=[tiny, 10]) == 1
        assert r.infer(y * 1e-160, [2, 1.5], "exhaustive").success.all()
        assert r.infer([1e149, 1], [1e-149, 1]).success
        assert r.entropy([tiny, 1]) == disorder
        q_bar, p_bar = r.kl_adjoint([tiny, 1], half, 1)
        assert q_bar == pytest.approx([np.log(tiny) - np.log(half[0]), -np.log(half[1])], rel=1e-14)
        assert p_bar == pytest.approx([1, 1 - 1 / half[1]], rel=1e-14)
        assert r.gauss_grid([(0, 1e-150)] * 2, 3, 100)[1].sum() == pytest.approx(1e-300, rel=1e-12)
        assert np.isfinite(r.score(features, y * 1e-200, [0.1, 0.1, 0.1])).all()
        assert features(y * 1e-200, [1e-200, 0.1, 0.1]).shape == (4,)
        assert vae.quadratic([1e-200], [2e-200], 1) == 0
        assert vae.quadratic_std(1e-300, 1e-300) == np.inf
        assert vae.quadratic_std(1e150, 1e-308) == pytest.approx(10**4 / np.sqrt(2), rel=1e-14)


def test_shapes_and_numbers_are_printed_plainly():
    for words, call in (
        (r"^F_bar: expected shape \(2,\), got \(3,\)$", lambda: r.softmin_adjoint(np.ones((2, 3)), 1.0, np.ones(3))),
        (r"^kl_bar: expected shape \(2,\), got \(3,\)$", lambda: r.kl_adjoint([Q, Q], [Q, Q], np.ones(3))),
        (r"^k: expected at least 1, got 0$", lambda: r.latent_grid(np.int64(0))),
        (r"^beta: expected a number in \[0, inf\], got -1.0$", lambda: r.softmin(E, np.float32(-1))),
        (r"^rng: expected a numpy.random.Generator .*, got 2.5$", lambda: r.start(r.ellipse, Y, np.float64(2.5))),
        (r"^k: expected at most 100000000, got a huge int$", lambda: r.latent_grid(10**5000)),
    ):
        with pytest.raises((TypeError, ValueError), match=words):
            call()


def test_masks_count_however_deep_they_lie():
    hidden = np.ma.masked_array([1.0, 2.0], mask=[0, 1])
    for value in ([hidden], [[hidden, hidden]], ([[hidden]],), [[1.0, np.ma.masked]]):
        with pytest.raises(ValueError, match=r"^E: expected no masked entries, got [12]$"):
            r.softmin(value, 1.0)
    plain = np.ma.masked_array([1.0, 2.0], mask=[0, 0])
    assert r.softmin([[plain]], np.inf) == 1


def test_what_would_not_fit_in_memory_is_refused_by_name():
    F = r.marginal(r.ellipse, Z, 1.0)
    for words, call in (
        (r"^widths: .* at most 4 GiB, got one of 7.45e\+03 GiB$", lambda: r.mlp([1, 10**6, 10**6, 2])),
        (r"^widths: .* at most 4 GiB, got one of inf GiB$", lambda: r.mlp([1, 1e300, 1e300])),
        (r"^stages: .* at most 4 GiB", lambda: Chain((affine(10**5, 10**5),))),
        (r"^steps: .* at most 4 GiB", lambda: r.sample(F, np.tile(Y, (12, 1)), W, 10**8, 0.1, RNG(0), thin=2)),
        (r"^draws: .* at most 4 GiB", lambda: call_vae(method="adam", vae=WIDE, draws=10**8)),
        (r"^order: .* at most 4 GiB", lambda: call_vae(y=np.tile(Y, (500, 1)), order=10**2, vae=WIDE)),
    ):
        with pytest.raises(ValueError, match=words):
            call()


def test_chains_say_what_they_are_made_of():
    with pytest.raises(TypeError, match=r"^stages: expected a tuple of stages, got \(5,\)$"):
        Chain((5,))
    for stages in ((), (ACTIVATIONS["relu"],)):
        with pytest.raises(ValueError, match=r"^chain: expected an affine stage at least, got"):
            r.network_potential(Chain(stages))
    bent = Chain((ACTIVATIONS["tanh"], affine(2, 1)))  # an activation is as wide as what comes in
    assert (bent.inputs, bent.outputs, bent.widest) == (2, 1, 2)
    assert r.network_potential(bent)(Y, [1.0, 2.0, 3.0]) == pytest.approx(np.tanh(Y) @ [1, 2] + 3, rel=1e-15)


def test_axes_differ_and_draws_have_conditions_like_the_data():
    for axis in ((0, 0), (0, -1)):
        with pytest.raises(ValueError, match=r"^axis: expected axes that differ, got \(0, "):
            r.log_gibbs([1.0, 2], 1.0, axis=axis)
    F, w = r.marginal(r.horn, Z, 1.0), np.full(r.horn.size, 0.1)
    with pytest.raises(
        ValueError, match=r"^x_hat: expected one condition for each observation, shape \(n, 1\), got \(2, 3\)$"
    ):
        r.likelihood_gradient(F, Y, Y, w, X, np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"^x: expected one condition for each observation"):
        r.likelihood_gradient(F, Y, Y, w, np.ones((2, 3)), X)


def test_losses_name_their_own_arguments():
    for adjoint in (
        lambda l_bar: r.hinge_loss_adjoint(E, E, 1.0, l_bar),
        lambda l_bar: r.log_loss_adjoint(E, E, l_bar),
    ):
        with pytest.raises(ValueError, match=r"^l_bar: expected shape \(3,\), got \(2,\)"):
            adjoint([1.0, 2.0])


def test_callbacks_are_held_to_what_they_promise():
    def flat(y, w, x):
        return 0 * y[:, 0]

    def slope(y, w, x, F_bar):
        return 0 * y, 0 * w

    for value, adjoint, words in (
        (lambda y, w, x: 0 * y, slope, r"^value: expected a function that gives real floats of shape \(2,\)"),
        (lambda y, w, x: 0.0, slope, r"^value: expected a function that gives real floats of shape \(2,\), got 0.0"),
        (
            lambda y, w, x: flat(y, w, x) + np.nan,
            slope,
            r"^value: expected a function that gives numbers or \+inf, got nan",
        ),
        (
            flat,
            lambda *a: (0 * a[0][:, :1], 0 * a[1]),
            r"^adjoint: expected a function that gives real floats of shape \(2, 2\)",
        ),
        (
            flat,
            lambda *a: (0 * a[0], 0 * a[1][:1]),
            r"^adjoint: expected a function that gives real floats of shape \(3,\)",
        ),
        (
            flat,
            lambda *a: (0 * a[0] + np.nan, 0 * a[1]),
            r"^adjoint: expected a function that gives numbers or \+-inf, got nan",
        ),
        (lambda y, w, x: flat(y, w, x) + 1j, slope, r"^value: expected a function that gives real floats"),
        (
            lambda y, w, x: np.ma.masked_array(flat(y, w, x), [0, 1]),
            slope,
            r"^value: expected a function that gives real",
        ),
        (lambda y, w, x: flat(y, w, x) - np.inf, slope, r"^value: .* numbers or \+inf, got -inf"),
        (flat, lambda *a: (0 * a[0], 0 * a[1], 0), r"^adjoint: expected a function that gives 2 arrays"),
        (flat, lambda *a: None, r"^adjoint: expected a function that gives 2 arrays, got None"),
    ):
        potential = r.Potential(value, adjoint, 2, 3)
        with pytest.raises(ValueError, match=words):
            r.sample(potential, Y, np.zeros(3), 2, 0.1, RNG(0))
    assert r.sample(r.Potential(flat, slope, 2, 3), Y, np.zeros(3), 2, 0.1, RNG(0)).y.shape == (2, 2, 2)
    single = r.Potential(lambda y, w, x: flat(y, w, x).astype(np.float32), slope, 2, 3)
    assert single(Y, np.zeros(3)).dtype == float

    steep = r.Potential(flat, lambda *a: (0 * a[0] + np.inf, 0 * a[1]), 2, 3)
    with pytest.raises(
        ValueError, match=r"^y: expected observations at which the score is finite, got 2 of 2 at which"
    ):
        r.score(steep, Y, np.zeros(3))

    def writes(y, w, x):
        y[:] = 0
        return flat(y, w, x)

    with pytest.raises(ValueError, match="read-only"):
        r.Potential(writes, slope, 2, 3)(Y, np.zeros(3))
    for curvature in (
        lambda *a: (np.full((2, 3), np.nan), np.zeros((3, 3))),
        lambda *a: (np.zeros((2, 3)), np.array(1.0)),
        lambda *a: np.zeros((3, 3)),
    ):
        bent = r.Potential(flat, slope, 2, 3, curvature=curvature)
        with pytest.raises(ValueError, match=r"^curvature: expected a function that gives"):
            r.negative_log_likelihood_hessian(bent, Y, np.zeros(3), Y)
    wall = r.Potential(lambda y, w, x: np.where(y[:, 0] > 0, 0, np.inf), slope, 2, 3)  # forbidden states stay allowed
    assert np.array_equal(wall(Y, np.zeros(3)), [0, np.inf])


def test_C27_a_horn_that_overflows_says_so():
    w = np.full(r.horn.size, 1e55)
    words = r"^w: expected parameters at which nothing overflows, got one of size 1e\+55$"
    for call in (
        lambda: r.horn(Y, Z, w, X),
        lambda: r.horn.slopes(Y, Z, w, np.ones((2, 3)), X),
        lambda: r.free_energy(r.horn, Y, Z, w, 1.0, X),
        lambda: r.free_energy_and_slope(r.horn, Y, Z, w, 1.0, X),
        lambda: r.free_energy_and_adjoint(r.horn, Y, Z, w, 1.0, 1.0, X),
        lambda: r.gibbs_weights(r.horn, Y, Z, w, 1.0, X),
        lambda: r.argmin_z(r.horn, Y, w, X),
        lambda: r.loss_functional(r.marginal(r.horn, Z, 1.0), Y, w, x=X),
        lambda: r.loss_functional(r.marginal(r.horn, Z, 1.0), Y, w, loss="log", y_hat=Y[::-1], x=X),
    ):
        with pytest.raises(ValueError, match=words):
            call()
    with pytest.raises(ValueError, match=r"^w: expected a start from which losses stay finite"):
        r.learn(r.marginal(r.horn, Z, 1.0), Y, w, X)


@pytest.mark.parametrize("method", ["gd", "adam"])
def test_C25_a_rate_at_which_learning_diverges_is_named(method):
    for rate in (1e60, 1e149):
        with pytest.raises(ValueError, match=r"^rate: expected a step at which .* converges, got 1e\+(60|149)"):
            r.learn(
                r.marginal(r.horn, Z, 1.0), Y, np.full(r.horn.size, 0.1), X, method, steps=20, rate=rate, rng=RNG(0)
            )
    with pytest.raises(ValueError, match=r"^rate: expected a step at which .* converges, got 1e\+151"):
        r.learn(r.marginal(r.ellipse, r.argmin_z, np.inf), Y, W, None, method, steps=20, rate=1e151, rng=RNG(0))


def test_W12_effective_sample_size_has_no_unit():
    draws = RNG(0).normal(size=(50, 3)).cumsum(axis=0)
    for unit in (1e-300, 1e-170, 1e-5, 1e140):
        assert r.effective_sample_size(draws * unit) == pytest.approx(r.effective_sample_size(draws), rel=1e-12)
    assert r.effective_sample_size(1.0 + draws * 1e-9) == pytest.approx(r.effective_sample_size(draws), rel=1e-5)


def test_C16_gibbs_weights_need_little_beyond_what_they_return():
    y, z = RNG(0).normal(size=(100_000, 2)), r.latent_grid(64)
    tracemalloc.start()
    q = r.gibbs_weights(r.ellipse, y, z, W, 1.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < q.nbytes + 5e7
    each = [r.softargmin(r.ellipse(y[n], z, W), 1.0) for n in (0, 50_000, 99_999)]
    assert np.array_equal(q[[0, 50_000, 99_999]], each)


def test_L22_softplus_networks_take_complex_steps():
    h, step = 1e-30, RNG(1).normal(size=NET.size)
    w = RNG(2).normal(size=NET.size)
    w_bar = NET.adjoint(Y, w, X[:, None], np.ones(2))[1]
    assert NET.value(Y, w + 1j * h * step, X[:, None]).imag.sum() / h == pytest.approx(w_bar @ step, rel=1e-13)
    bars = [NET.adjoint(Y, w + 1j * h * d, X[:, None], np.ones(2))[1].imag / h for d in np.eye(NET.size)]
    assert np.array(bars) == pytest.approx(np.array(bars).T, rel=1e-12, abs=1e-14)


def test_C25_held_out_loss_is_the_loss_that_is_learned():
    y, held = RNG(3).normal(size=(12, 2)) * [2, 1.5], RNG(4).normal(size=(8, 2)) * [2, 1.5]
    contrast = {"log": y[::-1] / 2, "hinge": y[::-1] / 2}
    for loss, y_hat in contrast.items():
        other = held[::-1] / 2
        options = {"loss": loss, "y_hat": y_hat, "margin": 0.7}
        found = r.learn(r.marginal(r.ellipse, Z, 1.0), y, W, steps=5, held_out=(held, None, other), **options)
        for w, value in zip(found.history["w"], found.history["held_out"], strict=True):
            truth = r.loss_functional(r.marginal(r.ellipse, Z, 1.0), held, w, loss=loss, y_hat=other, margin=0.7)[0]
            assert value == pytest.approx(truth, rel=1e-14)
        with pytest.raises(TypeError, match=r"^held_out: expected a triple \(y, x, y_hat\)"):
            r.learn(r.marginal(r.ellipse, Z, 1.0), y, W, held_out=(held, None), **options)
        with pytest.raises(ValueError, match=r"^held_out: expected .*, got y_hat: expected"):
            r.learn(r.marginal(r.ellipse, Z, 1.0), y, W, held_out=(held, None, other[:3]), **options)
    with pytest.raises(TypeError, match=r"^held_out: expected a pair \(y, x\)"):
        r.learn(r.marginal(r.ellipse, Z, 1.0), y, W, held_out=(held, None, held))


@pytest.mark.parametrize("kind", [np.float32, np.longdouble, np.int64, np.float16])
def test_numbers_of_other_widths_change_no_type(kind):
    two = kind(2)
    energy = r.decoded(r.circle_decoder(), None, "l1", two)
    assert energy(Y, Z, W).dtype == float
    assert type(energy.boxes.strength) is type(r.Potential(len, len, 2, 1, two).beta) is float
    vae = r.VAE(r.mlp([2, 2]), r.mlp([1, 2]), two, two, two, two)
    assert {type(v) for v in (vae.beta, vae.r, vae.spring, vae.sizing)} == {float}
    assert r.network_potential(r.mlp([2, 1]), two, two)(Y, np.ones(3)).dtype == float
    assert r.softargmin_adjoint(E, two, E).dtype == float
    assert r.softargmin_adjoint(E, two, E) == pytest.approx(r.softargmin_adjoint(E, 2.0, E), rel=0)
    assert r.log_partition(E, two).dtype == float
    assert r.jensen_gap(E, Q, two).dtype == float
