"""Energies, free energies and potentials; the hot loop behind them."""
