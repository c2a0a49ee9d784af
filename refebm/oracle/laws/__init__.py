"""Laws in place of vectors, for models that are not of the contract."""
