"""How a latent, or an observation, of least energy is found."""
