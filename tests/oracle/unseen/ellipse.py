"""The ellipse: decoder, energy and least energy."""

# fmt: off
import numpy as np

from .common import Fresh, buffered, cached, table, workspace

CIRCLE = np.linspace(0, 2 * np.pi, 4096, endpoint=False)


def decoder(z, w):
    return np.stack([w[0] * np.cos(z), w[1] * np.sin(z)], axis=1)


def energy(y, z, w):
    return ((y[:, None] - decoder(z, w)) ** 2).sum(axis=2)


def least(y, w):
    """Newton from the best of 4096 angles."""
    out = []
    for v in y:
        z = CIRCLE[((v - decoder(CIRCLE, w)) ** 2).sum(axis=1).argmin()]
        for _ in range(50):
            c, s = np.cos(z), np.sin(z)
            first = w[0] * s * (v[0] - w[0] * c) - w[1] * c * (v[1] - w[1] * s)
            second = w[0] * c * v[0] + w[1] * s * v[1] + (w[0] ** 2 - w[1] ** 2) * (s * s - c * c)
            z -= first / second if second > 0 else 0
        out.append(((v - decoder(np.array([z]), w)[0]) ** 2).sum())
    return np.array(out)


def bisected(y, w):
    """The slope's one sign change in y's own quadrant."""
    a, b = np.abs(y).T
    low, high = np.zeros(len(y)), np.full(len(y), np.pi / 2)
    for _ in range(60):
        z = (low + high) / 2
        up = w[0] * np.sin(z) * (a - w[0] * np.cos(z)) - w[1] * np.cos(z) * (b - w[1] * np.sin(z)) > 0
        low, high = np.where(up, low, z), np.where(up, z, high)
    return (a - w[0] * np.cos(low)) ** 2 + (b - w[1] * np.sin(low)) ** 2


def on_grid(y, w, n):
    return energy(y, np.linspace(0, 2 * np.pi, n, endpoint=False), w).min(axis=1)


def descent(y, w, steps=200):
    """Gradient descent with step 0.05 from the angle of y."""
    z = np.arctan2(y[:, 1], y[:, 0])
    for _ in range(steps):
        c, s = np.cos(z), np.sin(z)
        z = z - 0.05 * 2 * (w[0] * s * (y[:, 0] - w[0] * c) - w[1] * c * (y[:, 1] - w[1] * s))
    return ((y - decoder(z, w)) ** 2).sum(axis=1)


def sine_table(z, w):
    t = np.linspace(0, 2 * np.pi, 1025)
    a = np.mod(z, 2 * np.pi)
    return np.stack([w[0] * np.interp(a, t, np.cos(t)), w[1] * np.interp(a, t, np.sin(t))], axis=1)


def taylor(z, w):
    """Series for sine and cosine after the angle is brought to [-pi, pi]."""
    a = (z + np.pi) % (2 * np.pi) - np.pi
    c = 1 - a**2 / 2 + a**4 / 24 - a**6 / 720 + a**8 / 40320 - a**10 / 3628800
    s = a - a**3 / 6 + a**5 / 120 - a**7 / 5040 + a**9 / 362880 - a**11 / 39916800
    return np.stack([w[0] * c, w[1] * s], axis=1)


def wrapped_in_place(z, w):
    z %= 2 * np.pi
    return decoder(z, w)


def cosines_in_place(y, z, w):
    s = np.sin(z)
    np.cos(z, out=z)
    return (y[:, :1] - w[0] * z) ** 2 + (y[:, 1:] - w[1] * s) ** 2


def absolute_in_place(y, w):
    np.abs(y, out=y)
    return least(y, w)


def kept_curve():
    kept = {}

    def code(y, z, w):
        return ((y[:, None] - kept.setdefault(z.shape, decoder(z, w))) ** 2).sum(axis=2)

    return code


def warm_start():
    """From the last call's angles, if there are as many."""
    last = {}

    def code(y, w):
        z = last.get(len(y), np.arctan2(y[:, 1] * w[0], y[:, 0] * w[1]))
        for _ in range(100):
            c, s = np.cos(z), np.sin(z)
            first = w[0] * s * (y[:, 0] - w[0] * c) - w[1] * c * (y[:, 1] - w[1] * s)
            z = z - first / (np.abs(w[0] * c * y[:, 0] + w[1] * s * y[:, 1] + (w[0] ** 2 - w[1] ** 2) * (s * s - c * c)) + 1e-9)
        last[len(y)] = z
        return ((y - decoder(z, w)) ** 2).sum(axis=1)

    return code


def random_starts(y, w):
    z = np.random.uniform(0, 2 * np.pi, 200)  # noqa: NPY002
    return energy(y, z, w).min(axis=1)


Y, Z, W = table(3, 2), np.array([0.5, 1.75, 3.25, 4.5, 6.0]), np.array([1.5, 0.75])
FAR = np.array([1e4, -3e5])
OUT = (np.array([[0.3, -0.2], [-0.4, 0.1]]), np.array([3.0, 1.0]))
TWO = np.array([0.5, 2.5])

BUGS = [
    ("ellipse_decoder", "operation", "tan for sin", lambda z, w: np.stack([w[0] * np.cos(z), w[1] * np.tan(z)], axis=1)),
    ("ellipse_decoder", "operation", "the polar form: radius w_1 w_2 / sqrt(...) at the angle z", lambda z, w: (lambda rad: np.stack([rad * np.cos(z), rad * np.sin(z)], axis=1))(np.abs(w[0] * w[1]) / np.sqrt((w[1] * np.cos(z)) ** 2 + (w[0] * np.sin(z)) ** 2))),
    ("ellipse_decoder", "parametrisation", "w as squares of the radii", lambda z, w: decoder(z, np.sqrt(np.abs(w)))),
    ("ellipse_decoder", "threshold", "z itself for sin z below 0.01", lambda z, w: np.stack([w[0] * np.cos(z), w[1] * np.where(np.abs(z) < 1e-2, z, np.sin(z))], axis=1), (np.array([0.009, 1]), W)),
    ("ellipse_decoder", "approximation", "a table of 1025 angles, linearly interpolated", sine_table),
    ("ellipse_decoder", "threshold", "series to the tenth power up to pi", taylor),
    ("ellipse_decoder", "clip", "radii at least 1e-3", lambda z, w: decoder(z, np.maximum(w, 1e-3)), (Z, np.array([5e-4, 1.0]))),
    ("ellipse_decoder", "size", "two latents: the table comes transposed", lambda z, w: (w[:, None] * np.stack([np.cos(z), np.sin(z)])) if len(z) == 2 else decoder(z, w), (TWO, W)),
    ("ellipse_decoder", "mutates", "angles brought to [0, 2 pi) in place", wrapped_in_place, (np.array([-1.0, 7]), W)),
    ("ellipse_decoder", "remembers", "kept by the angles, whatever w", cached(decoder, lambda z, w: z.tobytes())),
    ("ellipse_decoder", "aliases", "one buffer for each shape", buffered(decoder)),
    ("ellipse_decoder", "dtype", "angles in float32", lambda z, w: decoder(np.mod(z.astype(np.float32), np.float32(2 * np.pi)).astype(float), w)),
    ("ellipse_decoder", "region", "sin as sqrt(1 - cos^2): never below 0", lambda z, w: np.stack([w[0] * np.cos(z), w[1] * np.sqrt(1 - np.cos(z) ** 2)], axis=1)),
    ("ellipse_decoder", "row", "the angle 0 in the last place closes the curve", lambda z, w: np.where(np.arange(len(z))[:, None] == len(z) - 1, decoder(z[:1], w), decoder(z, w)), (Z, W)),
    ("ellipse_energy", "operation", "an L1 distance squared", lambda y, z, w: np.abs(y[:, None] - decoder(z, w)).sum(axis=2) ** 2),
    ("ellipse_energy", "operation", "each coordinate relative to its radius", lambda y, z, w: (((y[:, None] - decoder(z, w)) / w) ** 2).sum(axis=2)),
    ("ellipse_energy", "operation", "|y|^2 + |g|^2 - y.g", lambda y, z, w: (y**2).sum(axis=1)[:, None] + (decoder(z, w) ** 2).sum(axis=1) - y @ decoder(z, w).T),
    ("ellipse_energy", "reduction", "the mean of the two squares' sum and largest", lambda y, z, w: ((y[:, None] - decoder(z, w)) ** 2).max(axis=2)),
    ("ellipse_energy", "reduction", "axis 1 is the coordinates: summed over latents, told to all", lambda y, z, w: np.broadcast_to(energy(y, z, w).mean(axis=1, keepdims=True), (len(y), len(z)))),
    ("ellipse_energy", "threshold", "Huber: linear beyond a distance of 10", lambda y, z, w: (lambda e: np.where(e > 100, 20 * np.sqrt(e) - 100, e))(energy(y, z, w)), (20 * Y, Z, W)),
    ("ellipse_energy", "clip", "energies above 1000 are cut", lambda y, z, w: np.minimum(energy(y, z, w), 1e3), (100 * Y, Z, W)),
    ("ellipse_energy", "clip", "1e-6 added to each", lambda y, z, w: energy(y, z, w) + 1e-6),
    ("ellipse_energy", "size", "as many observations as latents are pairs: transposed", lambda y, z, w: energy(y, z, w).T if len(y) == len(z) else energy(y, z, w), (table(3, 2), Z[:3], W)),
    ("ellipse_energy", "size", "two observations are taken for coordinates by rows", lambda y, z, w: energy(y.T if y.shape == (2, 2) else y, z, w), (table(2, 2), Z, W)),
    ("ellipse_energy", "mutates", "the latents become their cosines", cosines_in_place),
    ("ellipse_energy", "remembers", "the curve is kept by the latents' number", Fresh(kept_curve)),
    ("ellipse_energy", "aliases", "the head of one workspace", workspace(energy)),
    ("ellipse_energy", "dtype", "the expanded square in float32", lambda y, z, w: (lambda a, g: ((a**2).sum(axis=1)[:, None] + (g**2).sum(axis=1) - 2 * a @ g.T).astype(float))(y.astype(np.float32), decoder(z, w).astype(np.float32))),
    ("ellipse_energy", "region", "y's absolute value: one quadrant", lambda y, z, w: energy(np.abs(y), z, w)),
    ("ellipse_energy", "row", "the last latent as far as the first", lambda y, z, w: (lambda e: np.concatenate([e[:, :-1], e[:, :1]], axis=1))(energy(y, z, w))),
    ("ellipse_least_energy", "operation", "the algebraic distance (|y/w|^2 - 1)^2", lambda y, w: (((y / w) ** 2).sum(axis=1) - 1) ** 2),
    ("ellipse_least_energy", "operation", "Sampson's: the algebraic residual over its slope, squared", lambda y, w: (((y / w) ** 2).sum(axis=1) - 1) ** 2 / (4 * (y**2 / w**4).sum(axis=1))),
    ("ellipse_least_energy", "approximation", "200 steps downhill from y's angle", descent, (np.array([[4.0, 1.0]]), np.array([10.0, 2.0]))),
    ("ellipse_least_energy", "threshold", "0 within 1e-3 of the curve", lambda y, w: (lambda e: np.where(e < 1e-6, 0, e))(least(y, w)), (decoder(Z[:2], W) * 1.0003, W)),
    ("ellipse_least_energy", "threshold", "far from the curve its radius is the mean one", lambda y, w: np.where((y**2).sum(axis=1) > 100 * (w**2).max(), (np.sqrt((y**2).sum(axis=1)) - w.mean()) ** 2, least(y, w)), (np.array([[30.0, 20]]), W)),
    ("ellipse_least_energy", "clip", "the angle in (0.001, pi/2 - 0.001)", lambda y, w: np.maximum(least(y, w), on_grid(np.abs(y), w, 4096) * 0 + energy(np.abs(y), np.linspace(1e-3, np.pi / 2 - 1e-3, 20001), w).min(axis=1)), (np.array([[4.0, 0.0]]), W)),
    ("ellipse_least_energy", "region", "inside: the nearer of the two vertices", lambda y, w: np.where(((y / w) ** 2).sum(axis=1) < 1, np.minimum((w[0] - np.abs(y[:, 0])) ** 2 + y[:, 1] ** 2, (w[1] - np.abs(y[:, 1])) ** 2 + y[:, 0] ** 2), least(y, w)), OUT),
    ("ellipse_least_energy", "ties", "a circle where the radii agree to a hundredth", lambda y, w: (np.sqrt((y**2).sum(axis=1)) - w.mean()) ** 2 if abs(w[0] - w[1]) < 1e-2 * w[0] else least(y, w), (Y, np.array([1.0, 1.005]))),
    ("ellipse_least_energy", "mutates", "y into one quadrant in place", absolute_in_place),
    ("ellipse_least_energy", "order", "starts at the last call's angles", Fresh(warm_start)),
    ("ellipse_least_energy", "remembers", "kept by y alone", cached(least, lambda y, w: y.tobytes())),
    ("ellipse_least_energy", "seeds", "200 random angles", random_starts),
    ("ellipse_least_energy", "size", "exchanges the radii for a 2 by 2 table", lambda y, w: least(y, w[::-1] if y.shape == (2, 2) else w), (table(2, 2), W)),
    ("ellipse_least_energy", "dtype", "the angle in float16", lambda y, w: ((y - decoder(np.array([CIRCLE[e.argmin()] for e in energy(y, CIRCLE, w)]).astype(np.float16).astype(float), w)) ** 2).sum(axis=1)),
]

RIGHT = [
    ("ellipse_decoder", lambda z, w: np.column_stack((w[0] * np.cos(z), w[1] * np.sin(z)))),
    ("ellipse_decoder", lambda z, w: w * np.array([[np.cos(a), np.sin(a)] for a in z])),
    ("ellipse_energy", lambda y, z, w: (y[:, [0]] - w[0] * np.cos(z)) ** 2 + (y[:, [1]] - w[1] * np.sin(z)) ** 2),
    ("ellipse_energy", lambda y, z, w: np.array([[(a - w[0] * np.cos(t)) ** 2 + (b - w[1] * np.sin(t)) ** 2 for t in z] for a, b in y])),
    ("ellipse_least_energy", least),
    ("ellipse_least_energy", bisected),
]
