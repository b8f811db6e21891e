"""The code panel of the comparison: PCA at the same dimension, beside the stored generator."""

from __future__ import annotations


def pytorch(name: str) -> str:
    """Text that ends with `pca` and `glo`, PSNR of training pictures rebuilt from as many numbers."""
    return f"""import torch
from engine import data
from engine.glo import shelf

model = shelf.load({name!r})  # GLO's generator and codes
x = data.load(model.data, "train", len(model.codes)).images.float() / 255  # (N, C, H, W)
d = model.codes.shape[1]


def psnr(made):
    return -10 * (made - x).square().mean().log10().item()


flat = x.flatten(1)
mean = flat.mean(0)
_, _, axes = torch.linalg.svd(flat - mean, full_matrices=False)  # rows of axes: principal components
codes = (flat - mean) @ axes[:d].T  # (N, d): what PCA keeps of each picture
pca = psnr((codes @ axes[:d] + mean).clamp(0, 1).view_as(x))
glo = psnr(model.decode(model.codes))
print(f"{{d}} numbers per picture: PCA {{pca:.2f}} dB, GLO {{glo:.2f}} dB")"""
