"""The boxes of an energy: layers and chains, costs and regularisers, decoders, each with its adjoint."""
