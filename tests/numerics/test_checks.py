"""Bad input: every public function either works as documented or says which argument, what was expected, what came."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import refebm as r
from refebm.models.vae import quadratic, quadratic_std

Y, Z, W = np.array([[0.3, 1.2], [-1.0, 0.4]]), np.array([0.0, 1.0, 2.0]), np.array([1.5, 2.0])

RNG = np.random.default_rng
Q, NET = np.array([0.2, 0.3, 0.5]), r.network_potential(r.mlp([2, 1]), spring=1.0)
V = r.VAE(r.mlp([2, 2]), r.mlp([1, 2]))
WV = np.zeros(V.size)
COND = r.network_potential(r.mlp([3, 1]), spring=1.0, conditions=1)
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
    "ellipse.slopes:E_bar": lambda v: r.ellipse.slopes(Y, Z, W, v),
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
    "loss_functional:y": lambda v: r.loss_functional(r.marginal(r.ellipse, Z, 1.0), v, W),
    "loss_functional:loss": lambda v: r.loss_functional(r.marginal(r.ellipse, Z, 1.0), Y, W, loss=v),
    "loss_functional:y_hat": lambda v: r.loss_functional(r.marginal(r.ellipse, Z, 1.0), Y, W, loss="log", y_hat=v),
    "learn:y": lambda v: r.learn(r.marginal(r.ellipse, Z, 1.0), v, W, steps=3),
    "learn:w": lambda v: r.learn(r.marginal(r.ellipse, Z, 1.0), Y, v, steps=3),
    "learn:beta": lambda v: r.learn(r.marginal(r.ellipse, Z, v), Y, W, steps=3),
    "learn:steps": lambda v: r.learn(r.marginal(r.ellipse, Z, 1.0), Y, W, steps=v),
    "learn:method": lambda v: r.learn(r.marginal(r.ellipse, Z, 1.0), Y, W, method=v, steps=3),
    "learn:tol": lambda v: r.learn(r.marginal(r.ellipse, Z, 1.0), Y, W, tol=v, steps=3),
    "learn:x": lambda v: r.learn(r.marginal(r.horn, Z, 1.0), Y, np.ones(r.horn.size), v, steps=3),
    "learn:batch": lambda v: r.learn(r.marginal(r.ellipse, Z, 1.0), Y, W, method="adam", steps=3, batch=v, rng=RNG()),
    "learn:patience": lambda v: r.learn(r.marginal(r.ellipse, Z, 1.0), Y, W, steps=3, patience=v),
    "horn:x": lambda v: r.horn(Y, Z, np.ones(r.horn.size), v),
    "free_energy:x": lambda v: r.free_energy(r.horn, Y, Z, np.ones(r.horn.size), 1.0, v),
    "free_energy_and_adjoint:x": lambda v: r.free_energy_and_adjoint(r.horn, Y, Z, np.ones(r.horn.size), 1.0, x=v),
    "loss_functional:x": lambda v: r.loss_functional(r.marginal(r.horn, Z, 1.0), Y, np.ones(r.horn.size), x=v),
    "start:x": lambda v: r.start(r.horn, Y, RNG(), v),
    "search:x": lambda v: r.search(r.horn, Y, np.ones(r.horn.size), v, method="grid", points=5),
    "start:y": lambda v: r.start(r.ellipse, v, RNG()),
    "start:rng": lambda v: r.start(r.ellipse, Y, v),
    "learn_from_starts:trial": lambda v: r.learn_from_starts(
        r.marginal(r.ellipse, Z, 1.0), Y, RNG(), starts=1, trial=v, steps=3
    ),
    "learn_from_starts:starts": lambda v: r.learn_from_starts(
        r.marginal(r.ellipse, Z, 1.0), Y, RNG(), starts=v, trial=1, steps=1
    ),
    "search:y": lambda v: r.search(r.ellipse, v, W, method="grid", points=5),
    "search:w": lambda v: r.search(r.ellipse, Y, v, method="grid", points=5),
    "search:method": lambda v: r.search(r.ellipse, Y, W, method=v),
    "search:box": lambda v: r.search(r.ellipse, Y, W, method="grid", box=v, points=5),
    "search:points": lambda v: r.search(r.ellipse, Y, W, method="grid", points=v),
    "search:starts": lambda v: r.search(r.ellipse, Y, W, starts=v, rng=RNG()),
    "product_grid:latent": lambda v: r.product_grid((0, 1), 2, v),
    "mlp:widths": lambda v: len(r.mlp(v).stages),
    "mlp:activation": lambda v: r.mlp([1, 2], v).size,
    "learn:rate": lambda v: r.learn(r.marginal(r.ellipse, Z, 1.0), Y, W, method="gd", rate=v, steps=3),
    "softmin:p": lambda v: r.softmin(Y, 1.0, p=v),
    "softargmin:p": lambda v: r.softargmin(Y, 1.0, p=v),
    "free_energy:p": lambda v: r.free_energy(r.ellipse, Y, Z, W, 1.0, p=v),
    "kl:q": lambda v: r.kl(v, Q),
    "kl:p": lambda v: r.kl(Q, v),
    "kl_log:log_q": lambda v: r.kl_log(v, np.log(Q)),
    "kl_log:log_p": lambda v: r.kl_log(np.log(Q), v),
    "kl_log:measure": lambda v: r.kl_log(np.log(Q), np.log(Q), v),
    "kl_adjoint:kl_bar": lambda v: r.kl_adjoint(Q, Q, v),
    "entropy:q": r.entropy,
    "gaussian_kl:m": lambda v: r.gaussian_kl(v, 1.0),
    "gaussian_kl:s": lambda v: r.gaussian_kl(0.0, v),
    "gaussian_kl:r": lambda v: r.gaussian_kl(0.0, 1.0, v),
    "gaussian_kl_adjoint:kl_bar": lambda v: r.gaussian_kl_adjoint(Q, Q, Q, v),
    "box_information:s": lambda v: r.box_information(v, 1.0),
    "box_information_bits:d": lambda v: r.box_information_bits(1.0, 2.0, v),
    "log_partition:E": lambda v: r.log_partition(v, 1.0),
    "log_partition:beta": lambda v: r.log_partition(Y, v),
    "log_gibbs:measure": lambda v: r.log_gibbs(Y, 1.0, v),
    "log_marginal:log_p": r.log_marginal,
    "gauss_grid:box": lambda v: r.gauss_grid(v, 2),
    "gauss_grid:panels": lambda v: r.gauss_grid([(0, 1)], v),
    "integrate:tol": lambda v: r.integrate(lambda y: y[:, 0], 1.0, [(0, 1)], v).log_z,
    "expected_energy:E": lambda v: r.expected_energy(v, Q),
    "expected_energy:q": lambda v: r.expected_energy([1.0, 2.0, 3.0], v),
    "variational_free_energy:beta": lambda v: r.variational_free_energy([1.0, 2.0, 3.0], Q, v),
    "variational_free_energy:p": lambda v: r.variational_free_energy([1.0, 2.0, 3.0], Q, 1.0, p=v),
    "variational_free_energy_adjoint:F_bar": lambda v: r.variational_free_energy_adjoint([1.0, 2, 3], Q, 1.0, v),
    "jensen_gap:q": lambda v: r.jensen_gap([1.0, 2.0, 3.0], v, 1.0),
    "gauss_hermite:order": r.gauss_hermite,
    "gaussian_free_energy:m": lambda v: r.gaussian_free_energy(r.ellipse, Y, v, np.ones((2, 1)), W, 1.0),
    "gaussian_free_energy:s": lambda v: r.gaussian_free_energy(r.ellipse, Y, np.ones((2, 1)), v, W, 1.0),
    "gaussian_free_energy:beta": lambda v: r.gaussian_free_energy(r.ellipse, Y, [[0], [0]], [[1], [1]], W, v),
    "predict:y": lambda v: r.predict(NET, v, np.zeros(3)),
    "predict:w": lambda v: r.predict(NET, Y, v),
    "predict:method": lambda v: r.predict(NET, Y, np.zeros(3), method=v),
    "negative_log_likelihood:y": lambda v: r.negative_log_likelihood(NET, v, np.zeros(3), Y),
    "negative_log_likelihood:space": lambda v: r.negative_log_likelihood(NET, Y, np.zeros(3), v),
    "negative_log_likelihood:measure": lambda v: r.negative_log_likelihood(NET, Y, np.zeros(3), Y, v),
    "likelihood_gradient:y_hat": lambda v: r.likelihood_gradient(NET, Y, v, np.zeros(3)),
    "likelihood_gradient:batches": lambda v: r.likelihood_gradient(NET, Y, Y, np.zeros(3), batches=v),
    "learn_likelihood:decay": lambda v: r.learn_likelihood(NET, Y, np.zeros(3), Y, decay=v, steps=2),
    "score:y": lambda v: r.score(NET, v, np.zeros(3)),
    "sample:y": lambda v: r.sample(NET, v, np.zeros(3), 2, 0.1, RNG()),
    "sample:steps": lambda v: r.sample(NET, Y, np.zeros(3), v, 0.1, RNG()),
    "sample:alpha": lambda v: r.sample(NET, Y, np.zeros(3), 2, v, RNG()),
    "sample:rng": lambda v: r.sample(NET, Y, np.zeros(3), 2, 0.1, v),
    "sample:method": lambda v: r.sample(NET, Y, np.zeros(3), 2, 0.1, RNG(), method=v),
    "sample:burn": lambda v: r.sample(NET, Y, np.zeros(3), 2, 0.1, RNG(), burn=v),
    "sample_chain:y": lambda v: r.sample_chain(r.single_site_gibbs(2, lambda u: u[:, 0]), v, 2, RNG()),
    "single_site_gibbs:beta": lambda v: r.sample_chain(r.single_site_gibbs(2, lambda u: u[:, 0], v), [0, 1], 2, RNG()),
    "effective_sample_size:draws": r.effective_sample_size,
    "network_potential:spring": lambda v: r.network_potential(r.mlp([2, 1]), spring=v).size,
    "network_potential:conditions": lambda v: r.network_potential(r.mlp([2, 1]), conditions=v).size,
    "marginal:beta": lambda v: r.marginal(r.ellipse, Z, v).size,
    "encode:y": lambda v: r.encode(V, v, WV),
    "encode:w": lambda v: r.encode(V, Y, v),
    "vae_loss:eps": lambda v: r.vae_loss(V, Y, WV, v),
    "vae_loss:weight": lambda v: r.vae_loss(V, Y, WV, np.zeros((2, 1)), v),
    "start_vae:size": lambda v: r.start_vae(V, Y, RNG(), v),
    "learn_vae:draws": lambda v: r.learn_vae(V, Y, WV, draws=v, steps=1),
    "learn_vae:batch": lambda v: r.learn_vae(V, Y, WV, method="adam", batch=v, steps=1, rng=RNG()),
    "VAE:beta": lambda v: r.VAE(r.mlp([2, 2]), r.mlp([1, 2]), beta=v).beta,
    "VAE:r": lambda v: r.VAE(r.mlp([2, 2]), r.mlp([1, 2]), r=v).r,
    "vae_loss:y": lambda v: r.vae_loss(V, v, WV, np.zeros((2, 1))),
    "quadratic:z": lambda v: quadratic(v, [0.5], 1.0, 1.0),
    "quadratic:m": lambda v: quadratic([0.5], v, 1.0, 1.0),
    "quadratic:s": lambda v: quadratic([0.5], [0.2], v, 1.0),
    "quadratic_std:beta": lambda v: quadratic_std(1.0, v),
    "quadratic_std:s": lambda v: quadratic_std(v, 1.0),
    "decoded:strength": lambda v: r.decoded(r.circle_decoder(), None, "l1", v).boxes.strength,
    "kl_adjoint:q": lambda v: r.kl_adjoint(v, Q, 1.0),
    "kl_adjoint:p": lambda v: r.kl_adjoint(Q, v, 1.0),
    "box_information:r": lambda v: r.box_information(1.0, v),
    "hinge_loss_adjoint:margin": lambda v: r.hinge_loss_adjoint([1.0], [2.0], v, [1.0]),
    "softplus_adjoint:u": lambda v: r.softplus_adjoint(v, Y),
    "hinge_adjoint:u": lambda v: r.hinge_adjoint(v, Y),
    "hinge_adjoint:v_bar": lambda v: r.hinge_adjoint(Y, v),
    "softmax_adjoint:s": lambda v: r.softmax_adjoint(v, 1.0, [1.0, 2.0]),
    "softargmax_adjoint:s": lambda v: r.softargmax_adjoint(v, 1.0, Y),
    "gauss_grid:order": lambda v: r.gauss_grid([(0, 1)], 2, v),
    "log_marginal:measure": lambda v: r.log_marginal(np.log(Q), v),
    "product_grid:box": lambda v: r.product_grid(v, 2, 1),
    "sample:thin": lambda v: r.sample(NET, Y, np.zeros(3), 2, 0.1, RNG(), thin=v),
    "sample:x": lambda v: r.sample(COND, Y, np.zeros(4), 2, 0.1, RNG(), x=v),
    "energy_loss_adjoint:F": lambda v: r.energy_loss_adjoint(v, [1.0, 2.0]),
    "energy_loss_adjoint:l_bar": lambda v: r.energy_loss_adjoint([1.0, 2.0], v),
    "gaussian_free_energy:r": lambda v: r.gaussian_free_energy(r.ellipse, Y, [[0], [0]], [[1], [1]], W, 1.0, r=v),
    "loss_functional:w": lambda v: r.loss_functional(r.marginal(r.ellipse, Z, 1.0), Y, v),
    "VAE:spring": lambda v: r.VAE(r.mlp([2, 2]), r.mlp([1, 2]), spring=v).spring,
    "VAE:sizing": lambda v: r.VAE(r.mlp([2, 2]), r.mlp([1, 2]), sizing=v).sizing,
    "gauss_hermite:latent": lambda v: r.gauss_hermite(2, v),
    "learn_likelihood:w": lambda v: r.learn_likelihood(NET, Y, v, Y, decay=0.1, steps=2),
    "integrate:F": lambda v: r.integrate(lambda y: v, 1.0, [(0, 1)]).log_z,
}
MINUS_INFINITY_IS_GOOD = (
    "softmax:s",
    "softargmax:s",
    "softplus:u",
    "softplus_adjoint:u",
    "hinge:u",
    "hinge_adjoint:u",
    "energy_loss:F",
    "energy_loss_adjoint:F",
)
NONE_IS_GOOD = (
    "loss_functional:y_hat",
    "learn:rate",
    "softmin:p",
    "softargmin:p",
    "free_energy:p",
    "variational_free_energy:p",
    "vae_loss:weight",
)
# where what came is only seen to be wrong beside another argument, which is then the one that is named
ALSO_NAMED = {
    "loss_functional:y_hat": "F_hat: expected F's shape",
    "hinge_loss:F": "F_hat: expected F's shape",
    "loss_functional:loss": "y_hat: expected contrastive points",
    "log_loss:F": "F_hat: expected F's shape",
    "expected_energy:E": "q: expected E's shape",
    "hinge_adjoint:u": "v_bar: expected shape",
    "energy_loss_adjoint:F": "l_bar: expected shape",
    "softplus_adjoint:u": "v_bar: expected shape",
    "softmax_adjoint:s": "F_bar: expected shape",
    "softargmax_adjoint:s": "p_bar: expected shape",
    "sample:thin": "steps: expected at least thin",
    "kl_log:log_q": ("log_p: expected a shape", "log_p: expected probabilities"),
    "kl:q": "p: expected a shape",
    "kl_adjoint:p": "q: expected probabilities above 0, q and p of one shape",
    "kl_log:measure": "log_q: expected probabilities that sum to 1",
    "log_gibbs:measure": "E: expected a finite energy of a state that counts",
}
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
    if (call in NONE_IS_GOOD and bad is None) or (bad is NEVER_GOOD[-1] and call in MINUS_INFINITY_IS_GOOD):
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
@pytest.mark.parametrize("call", [call for call in CALLS if not call.startswith("quadratic")])
@given(value=anything)
def test_anything_works_or_is_refused_by_name(call, value):
    if call in ("latent_grid:k", "ellipse_data:n", "learn:steps", "mesh:step") and np.ndim(value) == 0:
        value = value if not isinstance(value, (int, float)) or abs(value) > 1e-2 else 1  # sizes that fit in memory
    if call.endswith(
        ("starts", "points", "latent", "panels", "steps", "burn", "draws", "batch", "order", "thin")
    ) and isinstance(value, int):
        value = min(value, 4)
    try:
        result = CALLS[call](value)
    except (TypeError, ValueError) as error:
        also = ALSO_NAMED.get(call, ())
        assert str(error).startswith((f"{call.split(':')[1]}: expected ", *([also] if isinstance(also, str) else also)))
        return
    if isinstance(result, dict):
        result = result["y" if "y" in result else "fun"]
    for part in result if isinstance(result, tuple) else [result]:
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
        ValueError,
        match=r"z: expected latents of shape \(k,\), \(k, 1\) or \(n, k, 1\) with n = 2 observations, got \(3, 2\)",
    ):
        r.ellipse(Y, np.ones((3, 2)), W)


@pytest.mark.parametrize("call", ["learn:x", "loss_functional:x", "start:x", "search:x"])
def test_complex_conditions_are_refused_where_real_numbers_come_out(call):
    with pytest.raises(
        TypeError, match=r"^x: expected real numbers, got an array of shape \(2,\) and type complex128$"
    ):
        CALLS[call](np.zeros(2, complex))


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


WIDE, NARROW = np.full((2, 3), 1 / 3), np.full(2, 1 / 2)
# what is said of two arguments that do not go together: the name of the one, and whose shape it should have
PAIRS = {
    "z: expected latents of shape (k, 2) or (n, k, 2) with n = 4 observations, got (3, 5, 2)": lambda: r.free_energy(
        r.decoded(r.network_decoder(r.mlp([2, 2]), code=0, latent=2)),
        np.ones((4, 2)),
        np.ones((3, 5, 2)),
        np.ones(6),
        1.0,
    ),
    "s: expected shapes that broadcast, got (2,), (2,) and (3,)": lambda: r.gaussian_kl(
        np.zeros(2), np.ones(2), np.ones(3)
    ),
    "box: expected rows (low, high) in ascending order, one for each dimension, got an array of shape (1, 2) and type float64": (
        lambda: r.gauss_grid([(1.0, 1.0)], 2)
    ),
    "points: expected at least 2, got 1": lambda: r.product_grid((0, 1), 1, 1),
    "widths: expected two or more whole numbers from 1 up, got [3]": lambda: r.mlp([3]),
    "spring: expected a finite number from 0 up, got inf": lambda: r.VAE(r.mlp([2, 2]), r.mlp([1, 2]), spring=np.inf),
    "decay: expected a finite number from 0 up, got inf": lambda: r.learn_likelihood(
        NET, Y, np.zeros(3), Y, decay=np.inf
    ),
    "p: expected a shape that broadcasts to q's (2, 3), got (2,)": lambda: r.kl(WIDE, NARROW),
    "p: expected a shape that broadcasts to E's (2, 3), got (2,)": lambda: r.softmin(WIDE, 1.0, p=NARROW),
    "p: expected a shape that broadcasts to E's (2, 3), got (3, 3)": lambda: r.softmin(WIDE, 1.0, p=np.ones((3, 3))),
    "log_p: expected a shape that broadcasts to log_q's (2, 3), got (2,)": lambda: r.kl_log(
        np.log(WIDE), np.log(NARROW)
    ),
    "measure: expected a shape that broadcasts to log_q's (2, 3), got (2,)": lambda: r.kl_log(
        np.log(WIDE), np.log(WIDE), NARROW
    ),
    "measure: expected a shape that broadcasts to E's (2, 3), got (2,)": lambda: r.log_partition(WIDE, 1.0, NARROW),
    "measure: expected a shape that broadcasts to log_p's (2, 3), got (2,)": lambda: r.log_marginal(
        np.log(WIDE), NARROW
    ),
    "E: expected a finite energy in every row, got 1 row(s) of +inf alone": lambda: r.softargmin(
        [[1.0, np.inf], [1.0, 2.0]], 1.0, p=[0.0, 1.0]
    ),
    "p: expected weights from 0 up whose sum is above 0, got an array of shape (3,) and type float64": lambda: (
        r.softmin(WIDE, 1.0, p=np.array([1.0, -1.0, 1.0]))
    ),
    "s: expected a finite score in every row, got 1 row(s) of -inf alone": lambda: r.softargmax(
        [[0.0, -np.inf], [-np.inf, -np.inf]], 1.0
    ),
    "p: expected probabilities above 0, q and p of one shape, got an array of shape (2,) and type float64": lambda: (
        r.kl_adjoint([0.5, 0.5], [1.0, 0.0], 1.0)
    ),
    "q: expected probabilities above 0, q and p of one shape, got an array of shape (2, 3) and type float64": lambda: (
        r.kl_adjoint(WIDE, WIDE[0], [1.0, 1.0])
    ),
}


@pytest.mark.parametrize("words", PAIRS)
def test_arguments_that_do_not_go_together_are_named_both(words):
    with pytest.raises(ValueError) as caught:
        PAIRS[words]()
    assert str(caught.value) == words
