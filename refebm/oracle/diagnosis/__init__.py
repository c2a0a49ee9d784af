"""The diagnosis of mistakes that nobody has seen."""
