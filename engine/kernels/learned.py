"""The filters our own CNN learned on CIFAR-10, as one more family of kernels: nobody designed these.

They are the first layer of `assets/weights/classifier-cifar10-cnn.safetensors`, one slice per colour, exactly as they
were trained. In training they saw standardised colours; on a picture in [0, 1] their response is the same up to a
scale and an offset. Tested against the file's own tensor.
"""

from __future__ import annotations

from functools import cache

from torch import Tensor, nn

from engine.kernels.families import KernelError, KernelFamily, Parameter

WEIGHTS = "classifier-cifar10-cnn"


@cache
def filters() -> Tensor:
    """The first layer's filters, (F, 3, k, k) float32. Raises KernelError where the weights are not there."""
    from engine.classifier import shipped  # here: it loads the training code, which no other kernel needs

    try:
        model = shipped.load(WEIGHTS).model
    except shipped.WeightsError as error:
        raise KernelError(str(error)) from error
    return next(layer.weight for layer in model.modules() if isinstance(layer, nn.Conv2d)).detach().clone()


def family() -> KernelFamily | None:
    """The family with one parameter, the filter's number from 1; None where the weights do not come with the app.

    Its kernels are (3, k, k), one slice for red, green and blue.
    """
    try:
        found = filters()
    except KernelError:
        return None
    count, size = found.shape[0], found.shape[-1]
    return KernelFamily(
        "learned",
        "Learned by our CNN",
        "Nobody designed it: it is what the first layer of our CNN came to look for in the pictures of CIFAR-10. Many"
        " turn out to be edges, blobs and opposite colours. Its slices for red, green and blue differ; on a grey"
        " picture only their sum counts.",
        "other",
        (size,),
        lambda _size, filter: found[int(filter) - 1],  # noqa: A006 - the parameter's name
        "any",
        (Parameter("filter", f"Filter, of {count}", 1, 1, count, 1, whole=True),),
    )
