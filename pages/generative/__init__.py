"""Pages on making pictures: GLO, walks between codes, and why GLO avoids the game of GANs."""
