"""Bad input: every public function either works as documented or says which argument, what was expected, what came."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import refebm as r

Y, Z, W = np.array([[0.3, 1.2], [-1.0, 0.4]]), np.array([0.0, 1.0, 2.0]), np.array([1.5, 2.0])

RNG = np.random.default_rng
# every public function of arrays, by the name of the argument that is put to the test, the others being good
CALLS = {
    "softmin:E": lambda v: r.softmin(v, 1.0),
    "softmin:beta": lambda v: r.softmin(Y, v),
    "softmin:axis": lambda v: r.softmin(Y, 1.0, axis=v),
    "softmin_adjoint:F_bar": lambda v: r.softmin_adjoint(Y, 1.0, v),
    "softargmin:E": lambda v: r.softargmin(v, 1.0),
    "softargmin:beta": lambda v: r.softargmin(Y, v),
    "softargmin_adjoint:p_bar": lambda v: r.softargmin_adjoint(Y, 1.0, v),
    "softmax:s": lambda v: r.softmax(v, 1.0),
    "softargmax:s": lambda v: r.softargmax(v, 1.0),
    "softplus:u": r.softplus,
    "softplus_adjoint:v_bar": lambda v: r.softplus_adjoint(Y, v),
    "hinge:u": r.hinge,
    "radii:x": r.radii,
    "radii:a": lambda v: r.radii(0.0, a=v),
    "observe:x": lambda v: r.observe(v, np.random.default_rng(0)),
    "observe:rng": lambda v: r.observe([0.0], v),
    "ellipse_data:n": lambda v: r.ellipse_data(v, np.random.default_rng(0)),
    "ellipse_data:sigma": lambda v: r.ellipse_data(3, np.random.default_rng(0), v),
    "latent_grid:k": r.latent_grid,
    "mesh:step": r.mesh,
    "mesh:y1": lambda v: r.mesh(1.0, v),
    "ellipse:y": lambda v: r.ellipse(v, Z, W),
    "ellipse:z": lambda v: r.ellipse(Y, v, W),
    "ellipse:w": lambda v: r.ellipse(Y, Z, v),
    "ellipse.adjoint:E_bar": lambda v: r.ellipse.adjoint(Y, Z, W, v),
    "infer:y": lambda v: r.infer(v, W),
    "infer:w": lambda v: r.infer(Y, v),
    "infer:method": lambda v: r.infer(Y, W, v),
    "free_energy:y": lambda v: r.free_energy(r.ellipse, v, Z, W, 1.0),
    "free_energy:z": lambda v: r.free_energy(r.ellipse, Y, v, W, 1.0),
    "free_energy:w": lambda v: r.free_energy(r.ellipse, Y, Z, v, 1.0),
    "free_energy:beta": lambda v: r.free_energy(r.ellipse, Y, Z, W, v),
    "free_energy_and_adjoint:F_bar": lambda v: r.free_energy_and_adjoint(r.ellipse, Y, Z, W, 1.0, v),
    "gibbs_weights:y": lambda v: r.gibbs_weights(r.ellipse, v, Z, W, 1.0),
    "energy_loss:F": r.energy_loss,
    "hinge_loss:F": lambda v: r.hinge_loss(v, [1.0, 2.0]),
    "hinge_loss:F_hat": lambda v: r.hinge_loss([1.0, 2.0], v),
    "hinge_loss:margin": lambda v: r.hinge_loss([1.0], [2.0], v),
    "log_loss:F": lambda v: r.log_loss(v, [1.0, 2.0]),
    "loss_functional:y": lambda v: r.loss_functional(r.ellipse, v, Z, W, 1.0),
    "loss_functional:loss": lambda v: r.loss_functional(r.ellipse, Y, Z, W, 1.0, v),
    "loss_functional:y_hat": lambda v: r.loss_functional(r.ellipse, Y, Z, W, 1.0, "log", v),
    "learn:y": lambda v: r.learn(r.ellipse, v, Z, W, 1.0, steps=3),
    "learn:w": lambda v: r.learn(r.ellipse, Y, Z, v, 1.0, steps=3),
    "learn:beta": lambda v: r.learn(r.ellipse, Y, Z, W, v, steps=3),
    "learn:steps": lambda v: r.learn(r.ellipse, Y, Z, W, 1.0, steps=v),
    "learn:method": lambda v: r.learn(r.ellipse, Y, Z, W, 1.0, method=v, steps=3),
    "learn:tol": lambda v: r.learn(r.ellipse, Y, Z, W, 1.0, tol=v, steps=3),
    "learn:x": lambda v: r.learn(r.horn, Y, Z, np.ones(r.horn.size), 1.0, v, steps=3),
    "learn:batch": lambda v: r.learn(r.ellipse, Y, Z, W, 1.0, method="adam", steps=3, batch=v, rng=RNG()),
    "learn:patience": lambda v: r.learn(r.ellipse, Y, Z, W, 1.0, steps=3, patience=v),
    "horn:x": lambda v: r.horn(Y, Z, np.ones(r.horn.size), v),
    "free_energy:x": lambda v: r.free_energy(r.horn, Y, Z, np.ones(r.horn.size), 1.0, v),
    "free_energy_and_adjoint:x": lambda v: r.free_energy_and_adjoint(r.horn, Y, Z, np.ones(r.horn.size), 1.0, x=v),
    "start:y": lambda v: r.start(r.ellipse, v, RNG()),
    "start:rng": lambda v: r.start(r.ellipse, Y, v),
    "learn_from_starts:trial": lambda v: r.learn_from_starts(r.ellipse, Y, Z, 1.0, RNG(), starts=1, trial=v, steps=3),
    "learn_from_starts:starts": lambda v: r.learn_from_starts(r.ellipse, Y, Z, 1.0, RNG(), starts=v, trial=1, steps=1),
    "search:y": lambda v: r.search(r.ellipse, v, W, method="grid", points=5),
    "search:w": lambda v: r.search(r.ellipse, Y, v, method="grid", points=5),
    "search:method": lambda v: r.search(r.ellipse, Y, W, method=v),
    "search:box": lambda v: r.search(r.ellipse, Y, W, method="grid", box=v, points=5),
    "search:points": lambda v: r.search(r.ellipse, Y, W, method="grid", points=v),
    "search:starts": lambda v: r.search(r.ellipse, Y, W, starts=v, rng=RNG()),
    "product_grid:latent": lambda v: r.product_grid((0, 1), 2, v),
    "mlp:widths": lambda v: r.mlp(v).size,
    "mlp:activation": lambda v: r.mlp([1, 2], v).size,
    "learn:rate": lambda v: r.learn(r.ellipse, Y, Z, W, 1.0, method="gd", rate=v, steps=3),
}
MINUS_INFINITY_IS_GOOD = ("softmax:s", "softargmax:s", "softplus:u", "hinge:u", "energy_loss:F")
NEVER_GOOD = [
    None,
    "abc",
    {"a": 1},
    object(),
    [[1.0], [1.0, 2.0]],
    [],
    np.empty((0, 2)),
    np.nan,
    [np.nan, 1.0],
    True,
    [True],
    -np.inf,
]


@pytest.mark.parametrize("bad", NEVER_GOOD, ids=repr)
@pytest.mark.parametrize("call", CALLS)
def test_never_good_is_refused_by_name(call, bad):
    name = call.split(":")[1]
    if (name in ("y_hat", "rate") and bad is None) or (bad is NEVER_GOOD[-1] and call in MINUS_INFINITY_IS_GOOD):
        return
    with pytest.raises((TypeError, ValueError)) as caught:
        CALLS[call](bad)
    message = str(caught.value)
    assert message.startswith(f"{name}: expected ")
    assert "\n" not in message
    assert "got" in message


anything = st.one_of(
    st.floats(),
    st.integers(-3, 10**6),
    st.complex_numbers(max_magnitude=1e6),
    st.text(max_size=3),
    arrays(
        st.sampled_from([np.float64, np.float32, np.int64, np.complex128, np.bool_]),
        array_shapes(max_dims=3, max_side=3),
    ),
    arrays(np.float64, st.sampled_from([(2,), (2, 2), (2, 3), (3,)]), elements=st.floats(-1e308, 1e308)),
)


@settings(max_examples=60)
@pytest.mark.parametrize("call", CALLS)
@given(value=anything)
def test_anything_works_or_is_refused_by_name(call, value):
    if call in ("latent_grid:k", "ellipse_data:n", "learn:steps", "mesh:step") and np.ndim(value) == 0:
        value = value if not isinstance(value, (int, float)) or abs(value) > 1e-2 else 1  # sizes that fit in memory
    if call.endswith(("starts", "points", "latent")) and isinstance(value, int):
        value = min(value, 4)
    try:
        result = CALLS[call](value)
    except (TypeError, ValueError) as error:
        assert str(error).startswith((f"{call.split(':')[1]}: expected ", "F_hat: expected F's shape"))
        return
    for part in result if isinstance(result, tuple) else [result["fun"]] if isinstance(result, dict) else [result]:
        assert not np.isnan(part).any()


def test_messages_say_what_came():
    with pytest.raises(ValueError, match=r"^y: expected shape \(2,\) or \(n, 2\), got \(2, 3\)$"):
        r.free_energy(r.ellipse, np.ones((2, 3)), Z, W, 1.0)
    with pytest.raises(ValueError, match=r"^beta: expected a number in \[0, inf\], got -1.0$"):
        r.softmin([1.0, 2.0], -1)
    with pytest.raises(ValueError, match=r"^beta: expected a number in \[0, inf\], got nan$"):
        r.softmin([1.0, 2.0], np.nan)
    with pytest.raises(
        TypeError, match=r"^y: expected real numbers, got an array of shape \(2,\) and type complex128$"
    ):
        r.infer([1j, 2.0], W)
    with pytest.raises(ValueError, match=r"^w: expected finite numbers of size at most 1e\+150, got one of size inf$"):
        r.ellipse(Y, Z, [np.inf, 1.0])
    with pytest.raises(ValueError, match=r"^E: expected no NaN, got 1 among 3 numbers$"):
        r.softmin([1.0, np.nan, 2.0], 1.0)
    with pytest.raises(ValueError, match=r"^E: expected no -inf, got one"):
        r.softmin([1.0, -np.inf], 1.0)
    with pytest.raises(
        ValueError, match=r"z: expected latents of shape \(k,\), or \(n, k\) with n = 2 observations, got \(3, 2\)"
    ):
        r.ellipse(Y, np.ones((3, 2)), W)


def test_what_works_as_documented():
    integers = r.free_energy(r.ellipse, [[0, 1], [2, 0]], Z, [2, 1], 1)
    for kind in (float, np.float32, np.int8):
        y = np.array([[0, 1], [2, 0]], kind)
        assert np.array_equal(r.free_energy(r.ellipse, y, Z, np.array([2, 1], kind), 1.0), integers)
    strided = np.asfortranarray(np.repeat(Y, 3, axis=0))[::3]
    assert np.array_equal(r.free_energy(r.ellipse, strided, Z, W, 1.0), r.free_energy(r.ellipse, Y, Z, W, 1.0))
    # one latent: F is E, whatever beta; one observation; a zero radius
    for beta in (0.0, 1.0, np.inf):
        assert np.array_equal(r.free_energy(r.ellipse, Y, [0.5], W, beta), r.ellipse(Y, [0.5], W)[:, 0])
    assert r.free_energy(r.ellipse, Y[0], Z, W, 1.0).shape == ()
    assert r.free_energy(r.ellipse, Y, Z, [0.0, 1.0], np.inf) == pytest.approx(
        np.square(Y[:, 0]) + [0.04, 0.0], abs=0.4
    )
    assert np.isfinite(r.free_energy(r.ellipse, Y * 1e149, Z, W, 1.0)).all()
