"""refebm: energy-based models in plain NumPy, every gradient by hand."""

from .data import ellipse_data, latent_grid, mesh, observe, radii
from .energies import Energy, ellipse
from .free_energy import free_energy, free_energy_and_adjoint, gibbs_weights
from .inference import argmin_z, infer
from .learning import learn
from .losses import (
    energy_loss,
    energy_loss_adjoint,
    hinge_loss,
    hinge_loss_adjoint,
    log_loss,
    log_loss_adjoint,
    loss_functional,
)
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

__version__ = "0.1.0"

__all__ = [
    "Energy",
    "argmin_z",
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
    "infer",
    "latent_grid",
    "learn",
    "log_loss",
    "log_loss_adjoint",
    "loss_functional",
    "mesh",
    "observe",
    "radii",
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
]
