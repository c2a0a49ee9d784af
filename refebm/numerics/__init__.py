"""Numbers: exact sums, checks, softmin, information, Gibbs tables, quadrature."""
