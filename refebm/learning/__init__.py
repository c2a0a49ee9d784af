"""Descent, losses, likelihood and variational free energies."""
