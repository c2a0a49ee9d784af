"""Markov chains that draw from a potential, or from any distribution whose conditionals are known."""
