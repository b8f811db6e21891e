"""The embedded sets against the loaders of the packages they come with, and the patches pixel by pixel."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from engine import samples
from engine.data import crops, embedded, splitting


def _rows(*parts):
    """Rows of pictures and labels in a canonical order, so that two sources can be compared."""
    return np.unique(np.concatenate(parts), axis=0)


def test_digits_are_scikit_learns():
    bunch = load_digits()
    images, labels = zip(embedded.digits("train"), embedded.digits("test"), strict=True)
    found = np.concatenate(
        [(torch.cat(images).flatten(1).float() * (16 / 255)).round(), torch.cat(labels)[:, None]], 1
    )
    assert len(found) == 1797
    assert np.array_equal(_rows(found), _rows(np.concatenate([bunch.data, bunch.target[:, None]], 1)))


def test_faces_are_scikit_images():
    from skimage.data import lfw_subset

    images = torch.cat([embedded.faces("train")[0], embedded.faces("test")[0]])
    assert (
        np.abs(
            _rows(images.flatten(1).numpy() / 255)
            - _rows(np.rint(lfw_subset()[:100].reshape(100, -1) * 255) / 255)
        ).max()
        == 0
    )


def test_mnist_has_500_of_each_and_real_strokes():
    images, labels = zip(embedded.mnist_5k("train"), embedded.mnist_5k("test"), strict=True)
    assert torch.cat(labels).bincount().tolist() == [500] * 10
    # What is published about MNIST: digits of 20 x 20 in the centre of mass of 28 x 28, mean 0.1307, deviation 0.3081.
    pixels = torch.cat(images).float() / 255
    assert pixels.mean().item() == pytest.approx(0.1307, abs=0.004)
    assert pixels.std().item() == pytest.approx(0.3081, abs=0.005)
    assert pixels[:, :, :2].mean().item() < 0.001


def test_a_split_keeps_the_proportions_and_everybody_gets_the_same():
    labels = torch.tensor([0] * 50 + [1] * 10 + [2])
    train, test = splitting.split(labels)
    assert sorted([*train.tolist(), *test.tolist()]) == list(range(61))
    assert labels[train].bincount().tolist() == [40, 8, 1]
    assert labels[test].bincount(minlength=3).tolist() == [10, 2, 0]
    assert all(torch.equal(a, b) for a, b in zip(splitting.split(labels), (train, test), strict=True))
    assert labels[train][:10].unique().numel() > 1, "still sorted by class"


def _everywhere(patch, image):
    """Top left corners (row, column, scale) of every place in the image a patch can have come from."""
    places = []
    for scale in crops.SCALES:
        small = torch.nn.functional.avg_pool2d(image[None].float(), scale, stride=1)[0].round()  # (3, H, W)
        corner = patch[:, 0, 0].float()
        candidates = ((small - corner.view(3, 1, 1)).abs().amax(0) < 0.5).nonzero()
        for row, column in candidates.tolist():
            region = small[:, row : row + 32 * scale : scale, column : column + 32 * scale : scale]
            if region.shape[1:] == (32, 32) and (region - patch.float()).abs().max() <= 1:
                places.append((row, column, scale))
    return places


@pytest.mark.parametrize("split", ["train", "test"])
def test_every_patch_lies_in_a_block_of_its_split(split):
    pictures, labels = crops.pictures(split), crops.labels(split)
    assert pictures.shape == (len(labels), 3, 32, 32)
    name = "coffee"
    image = crops.photograph(name)
    chosen = pictures[labels == samples.names().index(name)][:12]
    for patch in chosen:
        places = _everywhere(patch, image)
        assert places
        blocks = set()
        for row, column, scale in places:
            for index in range(16):
                top, bottom = crops.bounds(image.shape[1], index // 4)
                left, right = crops.bounds(image.shape[2], index % 4)
                if (
                    top <= row
                    and row + 32 * scale <= bottom
                    and left <= column
                    and column + 32 * scale <= right
                ):
                    blocks.add(index)
        assert blocks
        assert all((block in crops.TEST_BLOCKS) == (split == "test") for block in blocks)


def test_the_test_blocks_cover_every_row_and_column():
    assert (
        {block // 4 for block in crops.TEST_BLOCKS}
        == {block % 4 for block in crops.TEST_BLOCKS}
        == {0, 1, 2, 3}
    )
