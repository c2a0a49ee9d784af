"""The oracle: certified vectors, and the judgement of other implementations by them."""
