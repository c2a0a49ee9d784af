"""refebm: energy-based models in plain NumPy, every gradient by hand."""

from .data import ellipse_data, latent_grid, mesh, observe, radii
from .decoders import circle_decoder, network_decoder
from .energies import Energy, ellipse, horn
from .free_energy import free_energy, free_energy_and_adjoint, free_energy_and_slope, gibbs_weights
from .gibbs import log_gibbs, log_marginal, log_partition
from .inference import argmin_z, infer
from .information import (
    box_information,
    box_information_bits,
    entropy,
    gaussian_kl,
    gaussian_kl_adjoint,
    gaussian_kl_bits,
    kl,
    kl_adjoint,
    kl_bits,
    kl_log,
)
from .lagrangian import mlp
from .learning import learn, learn_from_starts
from .likelihood import likelihood_gradient, negative_log_likelihood, negative_log_likelihood_hessian
from .likelihood_learning import learn_likelihood
from .losses import (
    energy_loss,
    energy_loss_adjoint,
    hinge_loss,
    hinge_loss_adjoint,
    log_loss,
    log_loss_adjoint,
    loss_functional,
)
from .potentials import Potential, feature_potential, joint, marginal, network_potential
from .prediction import predict
from .quadrature import gauss_grid, integrate
from .sampling import effective_sample_size, sample, score
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
from .vae import VAE, encode, vae_loss
from .vae_learning import learn_vae, start_vae
from .variational import (
    expected_energy,
    gauss_hermite,
    gaussian_free_energy,
    jensen_gap,
    variational_free_energy,
    variational_free_energy_adjoint,
)

__version__ = "0.1.0"

__all__ = [
    "VAE",
    "Energy",
    "Potential",
    "argmin_z",
    "box_information",
    "box_information_bits",
    "circle_decoder",
    "effective_sample_size",
    "ellipse",
    "ellipse_data",
    "encode",
    "energy_loss",
    "energy_loss_adjoint",
    "entropy",
    "expected_energy",
    "feature_potential",
    "free_energy",
    "free_energy_and_adjoint",
    "free_energy_and_slope",
    "gauss_grid",
    "gauss_hermite",
    "gaussian_free_energy",
    "gaussian_kl",
    "gaussian_kl_adjoint",
    "gaussian_kl_bits",
    "gibbs_weights",
    "hinge",
    "hinge_adjoint",
    "hinge_loss",
    "hinge_loss_adjoint",
    "horn",
    "infer",
    "integrate",
    "jensen_gap",
    "joint",
    "kl",
    "kl_adjoint",
    "kl_bits",
    "kl_log",
    "latent_grid",
    "learn",
    "learn_from_starts",
    "learn_likelihood",
    "learn_vae",
    "likelihood_gradient",
    "log_gibbs",
    "log_loss",
    "log_loss_adjoint",
    "log_marginal",
    "log_partition",
    "loss_functional",
    "marginal",
    "mesh",
    "mlp",
    "negative_log_likelihood",
    "negative_log_likelihood_hessian",
    "network_decoder",
    "network_potential",
    "observe",
    "predict",
    "product_grid",
    "radii",
    "sample",
    "score",
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
    "start_vae",
    "vae_loss",
    "variational_free_energy",
    "variational_free_energy_adjoint",
]
