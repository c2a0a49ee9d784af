"""refebm: energy-based models in plain NumPy, every gradient by hand."""

from .data import ellipse_data, latent_grid, mesh, observe, radii
from .decoders import circle_decoder, network_decoder
from .energies import Energy, ellipse, horn
from .free_energy import free_energy, free_energy_and_adjoint, gibbs_weights
from .inference import argmin_z, infer
from .lagrangian import mlp
from .learning import learn, learn_from_starts
from .losses import (
    energy_loss,
    energy_loss_adjoint,
    hinge_loss,
    hinge_loss_adjoint,
    log_loss,
    log_loss_adjoint,
    loss_functional,
)
from .search import product_grid, search
from .softmin import (
    hinge,
    hinge_adjoint,
    softargmax,
    softargmax_adjoint,
    softargmin,
    softargmin_adjoint,
    softmax,
    softmax_adjoint,
    softmin,
    softmin_adjoint,
    softplus,
    softplus_adjoint,
)
from .start import start

__version__ = "0.1.0"

__all__ = [
    "Energy",
    "argmin_z",
    "circle_decoder",
    "ellipse",
    "ellipse_data",
    "energy_loss",
    "energy_loss_adjoint",
    "free_energy",
    "free_energy_and_adjoint",
    "gibbs_weights",
    "hinge",
    "hinge_adjoint",
    "hinge_loss",
    "hinge_loss_adjoint",
    "horn",
    "infer",
    "latent_grid",
    "learn",
    "learn_from_starts",
    "log_loss",
    "log_loss_adjoint",
    "loss_functional",
    "mesh",
    "mlp",
    "network_decoder",
    "observe",
    "product_grid",
    "radii",
    "search",
    "softargmax",
    "softargmax_adjoint",
    "softargmin",
    "softargmin_adjoint",
    "softmax",
    "softmax_adjoint",
    "softmin",
    "softmin_adjoint",
    "softplus",
    "softplus_adjoint",
    "start",
]
