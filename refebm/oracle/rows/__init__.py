"""The rows of the contract, a file a subject: for each function its shapes, inputs, truth by two routes, and bugs."""
