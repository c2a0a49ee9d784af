"""Markov chains that draw from a potential."""
