"""refebm: energy-based models in plain NumPy, every gradient by hand."""

from .energies.boxes import decoded
from .energies.energy import Energy
from .energies.free_energies import free_energy, free_energy_and_adjoint, free_energy_and_slope, gibbs_weights
from .energies.marginals import marginal
from .energies.networks import feature_potential, network_potential
from .energies.potentials import Potential, joint
from .inference.prediction import predict
from .inference.searches import exhaustive, product_grid, search
from .learning.functionals import loss_functional
from .learning.learners import learn, learn_from_starts, start
from .learning.likelihood import likelihood_gradient, negative_log_likelihood, negative_log_likelihood_hessian
from .learning.likelihood_learning import learn_likelihood
from .learning.losses import (
    energy_loss,
    energy_loss_adjoint,
    hinge_loss,
    hinge_loss_adjoint,
    log_loss,
    log_loss_adjoint,
)
from .learning.stochastic import stochastic_descent
from .learning.variational import (
    expected_energy,
    gauss_hermite,
    gaussian_free_energy,
    jensen_gap,
    variational_free_energy,
    variational_free_energy_adjoint,
)
from .models.boltzmann import (
    rbm,
    rbm_energy,
    rbm_energy_adjoint,
    rbm_free_energy,
    rbm_free_energy_adjoint,
    rbm_hidden_probability,
    rbm_packing,
    rbm_potential,
    rbm_visible_probability,
)
from .models.boltzmann_learning import (
    contrastive_divergence,
    rbm_gibbs,
    rbm_log_partition,
    rbm_log_partition_adjoint,
)
from .models.ellipse_closest import argmin_z, infer
from .models.ellipse_energy import circle_decoder, ellipse, horn
from .models.ellipse_samples import ellipse_data, latent_grid, mesh, observe, radii
from .models.linear import (
    kmeans,
    kmeans_free_energy,
    kmeans_free_energy_adjoint,
    least_squares,
    lloyd_step,
    pca,
    pca_free_energy,
    pca_free_energy_adjoint,
)
from .models.mixtures import em_step, gmm_free_energy, gmm_free_energy_adjoint, gmm_responsibilities, mixture
from .models.ppca import probabilistic_pca
from .models.vae import VAE, encode, vae_loss
from .models.vae_learning import learn_vae, start_vae
from .numerics.grids import gauss_grid
from .numerics.hinges import hinge, hinge_adjoint, softplus, softplus_adjoint
from .numerics.information import (
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
from .numerics.quadrature import integrate
from .numerics.soft import (
    softargmax,
    softargmax_adjoint,
    softargmin,
    softargmin_adjoint,
    softmax,
    softmax_adjoint,
    softmin,
    softmin_adjoint,
)
from .numerics.tables import log_gibbs, log_marginal, log_partition
from .parts.decoders import network_decoder
from .parts.networks import mlp
from .sampling.diagnostics import effective_sample_size
from .sampling.gibbs import block_gibbs
from .sampling.langevin import score
from .sampling.loop import Kernel, sample_chain
from .sampling.metropolis import sample
from .sampling.single_site import single_site_gibbs

__version__ = "0.1.0"

__all__ = [
    "VAE",
    "Energy",
    "Kernel",
    "Potential",
    "argmin_z",
    "block_gibbs",
    "box_information",
    "box_information_bits",
    "circle_decoder",
    "contrastive_divergence",
    "decoded",
    "effective_sample_size",
    "ellipse",
    "ellipse_data",
    "em_step",
    "encode",
    "energy_loss",
    "energy_loss_adjoint",
    "entropy",
    "exhaustive",
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
    "gmm_free_energy",
    "gmm_free_energy_adjoint",
    "gmm_responsibilities",
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
    "kmeans",
    "kmeans_free_energy",
    "kmeans_free_energy_adjoint",
    "latent_grid",
    "learn",
    "learn_from_starts",
    "learn_likelihood",
    "learn_vae",
    "least_squares",
    "likelihood_gradient",
    "lloyd_step",
    "log_gibbs",
    "log_loss",
    "log_loss_adjoint",
    "log_marginal",
    "log_partition",
    "loss_functional",
    "marginal",
    "mesh",
    "mixture",
    "mlp",
    "negative_log_likelihood",
    "negative_log_likelihood_hessian",
    "network_decoder",
    "network_potential",
    "observe",
    "pca",
    "pca_free_energy",
    "pca_free_energy_adjoint",
    "predict",
    "probabilistic_pca",
    "product_grid",
    "radii",
    "rbm",
    "rbm_energy",
    "rbm_energy_adjoint",
    "rbm_free_energy",
    "rbm_free_energy_adjoint",
    "rbm_gibbs",
    "rbm_hidden_probability",
    "rbm_log_partition",
    "rbm_log_partition_adjoint",
    "rbm_packing",
    "rbm_potential",
    "rbm_visible_probability",
    "sample",
    "sample_chain",
    "score",
    "search",
    "single_site_gibbs",
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
    "stochastic_descent",
    "vae_loss",
    "variational_free_energy",
    "variational_free_energy_adjoint",
]
