"""The contract: the functions an implementation may offer, by name, arguments and result, each with its equation.

Arrays go in and one array comes out. Rows are observations; every logarithm is natural; beta is finite and above 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Function:
    """One row of the contract.

    Parameters
    ----------
    equation : str
        Its id.
    summary : str
        What it computes, in one line.
    arguments : dict
        Name of each argument to its shape, in order; () is a number.
    result : str
        Its shape.
    conventions : dict
        Names of other answers that are right by another convention, to what they are.
    """

    equation: str
    summary: str
    arguments: dict[str, str]
    result: str
    conventions: dict[str, str] = field(default_factory=dict)


BITS = {"bits": "the same in bits"}
SUM = {"sum": "summed over the observations in place of their mean"}
PLANE = {"y": "(n, 2)", "z": "(k,)", "w": "(2,)"}
WARM = {**PLANE, "beta": "()"}
NETWORK = {"x": "(n, d)", "W1": "(a, d)", "b1": "(a,)", "W2": "(b, a)", "b2": "(b,)", "W3": "(m, b)", "b3": "(m,)"}
LOSS = {"F": "(n,)", "F_hat": "(n,)"}
Q = {"E": "(n, k)", "q": "(n, k)", "beta": "()", "p": "(k,)"}
AUTO = {
    "y": "(n, d)",
    "m": "(n, l)",
    "s": "(n, l)",
    "eps": "(n, l)",
    "W": "(d, l)",
    "b": "(d,)",
    "beta": "()",
    "r": "()",
}

CONTRACT: dict[str, Function] = {
    "softmin": Function("C13", "-(1/beta) log mean_z exp(-beta E)", {"E": "(n, k)", "beta": "()"}, "(n,)"),
    "softmax": Function("C18", "(1/beta) log mean_z exp(beta s)", {"s": "(n, k)", "beta": "()"}, "(n,)"),
    "softargmin": Function("C16", "exp(-beta E) / sum_z exp(-beta E)", {"E": "(n, k)", "beta": "()"}, "(n, k)"),
    "softargmax": Function("C20", "exp(beta s) / sum_z exp(beta s)", {"s": "(n, k)", "beta": "()"}, "(n, k)"),
    "softmin_prior": Function(
        "L15", "-(1/beta) log sum_z p exp(-beta E)", {"E": "(n, k)", "beta": "()", "p": "(k,)"}, "(n,)"
    ),
    "softplus": Function("C24", "log(1 + exp u)", {"u": "(n,)"}, "(n,)"),
    "ellipse_decoder": Function("C4", "[w_1 cos z, w_2 sin z]", {"z": "(k,)", "w": "(2,)"}, "(k, 2)"),
    "ellipse_energy": Function("C5", "|y - g(z)|^2", PLANE, "(n, k)"),
    "ellipse_free_energy": Function("C13", "softmin of the energies over the latents", WARM, "(n,)"),
    "ellipse_slope_y": Function("C16", "dF/dy of each observation", WARM, "(n, 2)"),
    "ellipse_slope_w": Function("C16", "dF/dw, the mean over the observations", WARM, "(2,)", SUM),
    "ellipse_least_energy": Function(
        "C8", "min_z E over the whole circle, w > 0", {"y": "(n, 2)", "w": "(2,)"}, "(n,)"
    ),
    "mlp": Function("C27", "affine, ReLU, affine, ReLU, affine", NETWORK, "(n, m)"),
    "mlp_slope_x": Function(
        "L22", "adjoint of x given v_bar; ReLU's slope at 0 is 0", {**NETWORK, "v_bar": "(n, m)"}, "(n, d)"
    ),
    "mlp_slope_W1": Function(
        "L22", "adjoint of W1 given v_bar; ReLU's slope at 0 is 0", {**NETWORK, "v_bar": "(n, m)"}, "(a, d)"
    ),
    "mlp_slope_b2": Function(
        "L22", "adjoint of b2 given v_bar; ReLU's slope at 0 is 0", {**NETWORK, "v_bar": "(n, m)"}, "(b,)"
    ),
    "hinge_loss": Function("C23", "[m - (F_hat - F)]+ of each", {**LOSS, "margin": "()"}, "(n,)"),
    "hinge_loss_slope": Function("C23", "its derivative in F", {**LOSS, "margin": "()"}, "(n,)"),
    "log_loss": Function("C24", "log(1 + exp(F - F_hat)) of each", LOSS, "(n,)"),
    "log_loss_slope": Function("C24", "its derivative in F", LOSS, "(n,)"),
    "log_partition": Function("L1", "log sum_y exp(-beta F) dy", {"F": "(m,)", "beta": "()", "dy": "(m,)"}, "()"),
    "gibbs_density": Function(
        "L1", "exp(-beta F) / sum_y exp(-beta F) dy", {"F": "(m,)", "beta": "()", "dy": "(m,)"}, "(m,)"
    ),
    "nll": Function(
        "L4",
        "mean of F at the data + (1/beta) log sum_y exp(-beta F) dy",
        {"F_data": "(n,)", "F": "(m,)", "beta": "()", "dy": "(m,)"},
        "()",
        {"nats": "not divided by beta"},
    ),
    "nll_slope": Function(
        "L6",
        "mean of dF/dw at the data - sum_y P dF/dw",
        {"dF_data": "(n, p)", "dF": "(m, p)", "F": "(m,)", "beta": "()", "dy": "(m,)"},
        "(p,)",
    ),
    "kl": Function("L11", "sum q log(q/p)", {"q": "(n, k)", "p": "(n, k)"}, "(n,)", BITS),
    "entropy": Function("L17", "-sum q log q", {"q": "(n, k)"}, "(n,)", BITS),
    "gaussian_kl": Function(
        "L14",
        "KL(N(m, s^2), N(0, r^2)), s and r standard deviations",
        {"m": "(n,)", "s": "(n,)", "r": "()"},
        "(n,)",
        BITS,
    ),
    "box_information": Function("L10", "d log(r/s)", {"s": "()", "r": "()", "d": "()"}, "()", BITS),
    "expected_energy": Function("L12", "sum_z q E", {"E": "(n, k)", "q": "(n, k)"}, "(n,)"),
    "variational_free_energy": Function("L13", "sum_z q E + (1/beta) KL(q, p)", Q, "(n,)"),
    "jensen_gap": Function("L16", "(1/beta) KL(q, q*), q* Gibbs with the prior", Q, "(n,)"),
    "vae_loss": Function(
        "L19", "mean of |y - W (m + s eps) - b|^2 + (1/beta) sum KL(N(m, s^2), N(0, r^2))", AUTO, "()", SUM
    ),
    "vae_slope_s": Function("L19", "its derivative in s", AUTO, "(n, l)", SUM),
    "langevin_step": Function(
        "W12",
        "y + alpha s + sqrt(2 alpha) xi, s the score",
        {"y": "(n, d)", "s": "(n, d)", "alpha": "()", "xi": "(n, d)"},
        "(n, d)",
    ),
}
