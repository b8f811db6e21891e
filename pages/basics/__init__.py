"""Pages on the operations every vision network is made of."""
