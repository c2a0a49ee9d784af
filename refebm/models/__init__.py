"""The lectures' systems."""
