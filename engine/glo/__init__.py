"""GLO (Bojanowski et al. 2018): one learnable code per picture, trained together with the generator."""

from engine.glo.pyramid import laplacian_pyramid_loss

__all__ = ["laplacian_pyramid_loss"]
