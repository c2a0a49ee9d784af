"""What freedom does to the horn's valley: the table on page 07, "What strength does", and its wide decoder.

Run: python tests/benchmarks/horn_freedom.py (some minutes). Mean zero-temperature free energies of held-out observations, in units
of ten, at half, once and one and a half times the radius. Learning stops at an iteration limit, unconverged: on another machine
the second digit, now and then the first, is another one.
"""

import numpy as np

from refebm import decoded, free_energy, learn_from_starts, marginal, mlp, network_decoder, observe, product_grid

rng = np.random.default_rng(0)
x = rng.uniform(0, 1, 600)
y = observe(x, rng)[:80] / 10
held = np.random.default_rng(7)
x_held = held.uniform(0, 1, 1000)
y_held, x, x_held = observe(x_held, held)[:60] / 10, x[:80], x_held[:60]


def learned(energy, z, fine, steps=80, starts=3):
    """The training loss, and mean F of held-out observations at half, once and one and a half times the radius."""
    fit = learn_from_starts(
        marginal(energy, z, np.inf), y, np.random.default_rng(2), x, starts=starts, trial=25, steps=steps
    )
    means = [free_energy(energy, s * y_held, fine, fit.w, np.inf, x_held).mean() for s in (0.5, 1, 1.5)]
    return f"loss {fit.fun:.1g}; " + ", ".join(f"{mean:.2g}" for mean in means)


def main():
    predictor = mlp([1, 8, 2], "tanh")
    decoder = network_decoder(mlp([4, 8, 2], "tanh"), code=2, latent=2)
    coarse, fine = product_grid((-2, 2), 13, 2), product_grid((-2, 2), 61, 2)
    print(f"energy III, r 0: {learned(decoded(decoder, predictor), coarse, fine)}", flush=True)
    for strength in (0.01, 0.1, 1.0):
        for regulariser in ("squared", "l1"):
            energy = decoded(decoder, predictor, regulariser, strength)
            print(f"energy III, r {strength}, {regulariser}: {learned(energy, coarse, fine)}", flush=True)
    for name, widths, end, steps in (("narrow", [3, 8, 8, 2], 1, 150), ("wide", [3, 32, 32, 2], 10, 150)):
        energy = decoded(network_decoder(mlp(widths, "tanh"), code=2), predictor)
        coarse, fine = (product_grid((-end, end), k * end + 1, 1) for k in (48, 400))
        print(f"energy II, {name}: {learned(energy, coarse, fine, steps)}", flush=True)


if __name__ == "__main__":
    main()
