"""The learned filters are the file's own tensor, and a damaged or missing file is no kernel."""

import pytest
import torch
from safetensors import safe_open

from engine.classifier import shipped
from engine.kernels import KernelError, learned


@pytest.fixture(autouse=True)
def _fresh():
    learned.filters.cache_clear()
    yield
    learned.filters.cache_clear()


def test_every_kernel_is_a_filter_of_the_file():
    with safe_open(shipped.FOLDER / f"{learned.WEIGHTS}.safetensors", "pt") as file:
        tensors = [file.get_tensor(name) for name in sorted(file.keys())]
    first = next(tensor for tensor in tensors if tensor.ndim == 4 and tensor.shape[1] == 3).float()
    family = learned.family()
    for number in range(len(first)):
        assert torch.equal(family.build(3, filter=number + 1), first[number])
    with pytest.raises(KernelError, match="is between 1 and"):
        family.build(3, filter=len(first) + 1)


def test_without_the_weights_there_is_no_such_family(monkeypatch):
    def missing(_name):
        raise shipped.WeightsError("There are no weights.")

    monkeypatch.setattr(shipped, "load", missing)
    assert learned.family() is None
    with pytest.raises(KernelError, match="There are no weights"):
        learned.filters()
