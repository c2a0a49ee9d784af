"""The domains of the rows: what fresh inputs are drawn of, and what the vectors have to visit."""
