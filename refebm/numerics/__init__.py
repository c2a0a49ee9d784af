"""Numbers: exact sums, checks, softmin and softmax, hinges, information, Gibbs tables, quadrature."""
