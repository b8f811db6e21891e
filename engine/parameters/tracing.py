"""Runs a model once on the meta device and records every layer call: which tensors it took, its shape, its
work.

No memory is allocated and no value computed, whatever device the model is on: a `TorchFunctionMode` sees
every torch function the forward pass calls, replaces real weights by meta ones on the way and keeps account
of who produced which tensor; forward hooks say which module is running. So functions without a module
(additions, concatenations, attention products) are seen as well, and models with Python control flow work.
The hooks sit on a copy of the module tree that shares the weights, so the model itself is never touched and
may be in use by other threads meanwhile.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter
from torch.overrides import TorchFunctionMode

from engine.parameters.operations import SHAPES, WORK, Work, positional

INPUT = -1
OPAQUE = (nn.MultiheadAttention,)  # uses its children's weights itself, so it is one layer


class CountingError(ValueError):
    """A model that cannot be run on the meta device with this input; the message says why."""


@dataclass(slots=True)
class Call:
    """One call of a layer or function.

    `path` is the module the work belongs to (for `linear(x, self.proj.weight)` that is `proj`), `scopes` the chain
    of modules whose forward was running, outermost first ("block#2" is the second run of `block`), `module` the
    layer itself or None for a function. `inputs` are the numbers of the calls that produced its tensors (`INPUT`:
    the network's input) and `input_shapes` what arrived from each; `weights` names parameters taken directly.
    """

    path: str
    scopes: tuple[str, ...]
    name: str
    module: nn.Module | None
    inputs: tuple[int, ...]
    input_shapes: tuple[tuple[int, ...], ...]
    output_shape: tuple[int, ...]
    work: list[Work] = field(default_factory=list)
    weights: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trace:
    """All calls in order, the shapes in and out, and which calls produced the output."""

    calls: list[Call]
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    outputs: tuple[int, ...]


# Functions that only rearrange a tensor: what comes out was produced by whoever produced what went in.
_VIEW_NAMES = """
reshape view permute transpose t chunk split unbind unsqueeze squeeze expand expand_as contiguous movedim
narrow select view_as swapaxes swapdims detach clone to float type type_as roll __getitem__ zero_ fill_
"""
_VIEWS = {
    *(getattr(owner, name, None) for owner in (torch, Tensor) for name in _VIEW_NAMES.split()),
    *(getattr(Tensor, name).__get__ for name in ("T", "mT", "data")),
} - {None}

# Questions about a tensor; answered by the tensor itself, real or not.
_QUESTIONS = {
    *(
        getattr(Tensor, name)
        for name in ("size", "dim", "numel", "is_floating_point", "is_contiguous", "__len__")
    ),
    *(
        getattr(Tensor, name).__get__
        for name in ("shape", "ndim", "dtype", "device", "requires_grad", "layout")
    ),
}


class Recorder(TorchFunctionMode):
    """Sees every torch function and, through its hooks, every module of one forward pass."""

    def __init__(self, model: nn.Module, *, shortcuts: bool = True) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self._shapes = SHAPES if shortcuts else {}
        self._scopes: list[str] = []
        self._runs: dict[str, int] = {}
        self._layer: list[Work] | None = None  # the work of the leaf that is running
        self._producers: dict[int, tuple[int, ...]] = {}
        self._alive: list[Any] = []  # ids are unique only among living tensors
        self._parameters = {id(p): name for name, p in model.named_parameters()}
        self._from_weights: dict[int, tuple[str, ...]] = {}
        self._meta: dict[int, Tensor] = {}

    def adopt(self, tensors: Sequence[Tensor]) -> None:
        """Marks `tensors` as the network's input."""
        for tensor in tensors:
            self._produced(tensor, (INPUT,))

    def producers(self, value: object) -> tuple[int, ...]:
        """Numbers of the calls behind the tensors in `value`, in order of appearance."""
        found = (call for tensor in tensors_in(value) for call in self._producers.get(id(tensor), ()))
        return tuple(dict.fromkeys(found))

    def place(self, model: nn.Module) -> str:
        """The module that is running, in words."""
        path = self._scopes[-1].partition("#")[0] if self._scopes else ""
        kind = type(model.get_submodule(path)).__name__
        return f"{path} ({kind})" if path else kind

    def enter(self, path: str, leaf: bool) -> Callable[..., None]:
        """The hook that runs before the module at `path`."""

        def hook(_: nn.Module, __: object, ___: object) -> None:
            run = self._runs[path] = self._runs.get(path, 0) + 1
            self._scopes.append(path if run == 1 else f"{path}#{run}")
            if leaf:
                self._layer = []

        return hook

    def leave(self, path: str, leaf: bool) -> Callable[..., object]:
        """The hook that runs after the module at `path`; a leaf becomes a call."""

        def hook(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], out: object) -> object:
            self._scopes.pop()
            if not leaf:
                return None
            work, self._layer = self._layer or [], None
            given = tensors_in((args, kwargs))
            in_place = getattr(module, "inplace", False)
            if isinstance(out, Tensor) and not in_place and any(out is tensor for tensor in given):
                out = torch.empty(out.shape, dtype=out.dtype, device="meta")  # to tell it from what went in
            self._record(path, type(module).__name__, module, given, out, work)
            return out

        return hook

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> object:
        kwargs = kwargs or {}
        if func in _QUESTIONS:
            return func(*args, **kwargs)
        shape, worker = self._shapes.get(func), WORK.get(func)
        plain, named = positional(args, kwargs) if kwargs and (shape or worker) else (args, kwargs)
        out = shape(*plain, **named) if shape else None
        if out is None:
            out = func(
                *(self._on_meta(value) for value in args),
                **{name: self._on_meta(value) for name, value in kwargs.items()},
            )
        work = worker(out, *plain, **named) if worker else []
        if self._layer is not None:
            self._layer += work
            return out
        if isinstance(out, Tensor | tuple | list):
            given = tensors_in((args, kwargs))
            name = getattr(func, "__name__", "")
            if name.startswith("new_") or name.endswith("_like"):
                return out  # takes only the kind of its argument, not its values
            if func in _VIEWS:
                self._pass_through(given, out)
            elif tensors_in(out) and (given or work):
                self._record_function(func, given, out, work)
        return out

    def _record_function(
        self, func: Callable[..., Any], given: list[Tensor], out: object, work: list[Work]
    ) -> None:
        name = getattr(func, "__name__", "function").strip("_")
        weights = self._weights(given)
        owners = {weight.rpartition(".")[0] for weight in weights}
        path = owners.pop() if work and len(owners) == 1 else self._scopes[-1].partition("#")[0]
        self._record(path, name, None, given, out, work, weights)

    def _record(
        self,
        path: str,
        name: str,
        module: nn.Module | None,
        given: list[Tensor],
        out: object,
        work: list[Work],
        weights: tuple[str, ...] = (),
    ) -> None:
        results = tensors_in(out)
        arrived: dict[int, tuple[int, ...]] = {}
        for tensor in given:
            for producer in self._producers.get(id(tensor), ()):
                arrived.setdefault(producer, tuple(tensor.shape))
        call = Call(
            path=path,
            scopes=tuple(self._scopes),
            name=name,
            module=module,
            inputs=tuple(arrived),
            input_shapes=tuple(arrived.values()),
            output_shape=tuple(results[0].shape) if results else (),
            work=work,
            weights=weights,
        )
        self.calls.append(call)
        for tensor in results:
            self._produced(tensor, (len(self.calls) - 1,))

    def _pass_through(self, given: list[Tensor], out: object) -> None:
        producers, weights = self.producers(given), self._weights(given)
        for tensor in tensors_in(out):
            self._produced(tensor, producers)
            if weights:
                self._from_weights[id(tensor)] = weights

    def _produced(self, tensor: Tensor, calls: tuple[int, ...]) -> None:
        self._producers[id(tensor)] = calls
        self._alive.append(tensor)

    def _weights(self, given: list[Tensor]) -> tuple[str, ...]:
        names: list[str] = []
        for tensor in given:
            name = self._parameters.get(id(tensor))
            names += (name,) if name is not None else self._from_weights.get(id(tensor), ())
        return tuple(dict.fromkeys(names))

    def _on_meta(self, value: object) -> object:
        """`value` with every real tensor in it replaced by a meta one of the same shape."""
        if isinstance(value, Tensor):
            return value if value.device.type == "meta" else self._meta_of(value)
        if isinstance(value, dict):
            return {key: self._on_meta(item) for key, item in value.items()}
        if type(value) in (tuple, list):  # a torch.Size and other kinds hold no tensors
            return type(value)(self._on_meta(item) for item in value)  # type: ignore[call-arg,attr-defined]  # narrowed
        return value

    def _meta_of(self, tensor: Tensor) -> Tensor:
        if id(tensor) not in self._meta:
            self._meta[id(tensor)] = torch.empty_like(tensor, device="meta")
            self._alive.append(tensor)
        return self._meta[id(tensor)]


def tensors_in(value: object) -> list[Tensor]:
    """All tensors in nested tuples, lists and dicts, in order."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        return [tensor for item in value for tensor in tensors_in(item)]
    return []


def trace(
    model: nn.Module,
    input_shape: Sequence[int] | Sequence[Sequence[int]],
    *,
    dtype: torch.dtype = torch.float32,
    shortcuts: bool = True,
) -> Trace:
    """One forward pass of `model` in evaluation mode on the meta device.

    Args:
        model: any module, on any device; left exactly as it was.
        input_shape: (C, H, W) or (B, C, H, W), a shape with or without batch, or a list of shapes for
            several inputs.
        dtype: of the inputs (int64 for a model that starts with an embedding).
        shortcuts: compute common shapes directly; off only to test that this changes nothing.

    Raises:
        CountingError: the model has no weights yet, does not accept this shape, or needs real pixel values.
    """
    if any(isinstance(parameter, UninitializedParameter) for parameter in model.parameters()):
        raise CountingError("This model has lazy layers without a size yet. Run one input through it first.")
    refusals: list[CountingError] = []
    for shapes in _readings(input_shape):
        try:
            return _run(model, shapes, dtype, shortcuts)
        except CountingError as error:
            refusals.append(error)
    raise refusals[0]


def _readings(input_shape: Sequence[Any]) -> list[list[tuple[int, ...]]]:
    """The shapes with a batch axis, most likely reading first: three or one sizes have none, others have
    one.
    """
    if input_shape and isinstance(input_shape[0], Sequence):
        return [[tuple(shape) for shape in input_shape]]
    shape = tuple(int(size) for size in input_shape)
    if not shape or min(shape) < 1:
        raise CountingError(f"An input shape is a list of sizes of at least 1, not {shape}.")
    readings = [[(1, *shape)], [shape]]
    return readings if len(shape) in (1, 3) else readings[::-1]


def _run(model: nn.Module, shapes: list[tuple[int, ...]], dtype: torch.dtype, shortcuts: bool) -> Trace:
    recorder = Recorder(model, shortcuts=shortcuts)
    inputs = [torch.empty(shape, dtype=dtype, device="meta") for shape in shapes]
    recorder.adopt(inputs)
    shadow = shadow_of(model, {})
    for path, module in shadow.named_modules():
        leaf = is_leaf(module)
        module.register_forward_pre_hook(recorder.enter(path, leaf), with_kwargs=True)
        module.register_forward_hook(recorder.leave(path, leaf), with_kwargs=True)
    try:
        with torch.no_grad(), recorder:
            out = shadow(*inputs)
    except (RuntimeError, ValueError, TypeError, IndexError, AssertionError, AttributeError) as error:
        raise CountingError(_refusal(error, shapes, recorder.place(shadow))) from error
    results = tensors_in(out) or tensors_in(getattr(out, "logits", None))
    shape = tuple(results[0].shape) if results else ()
    return Trace(recorder.calls, shapes[0], shape, recorder.producers(results[:1]))


def _refusal(error: Exception, shapes: list[tuple[int, ...]], place: str) -> str:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".!")
    wanted = " and ".join(map(str, shapes))
    return (
        f"The model cannot be run without data on an input of shape {wanted}; it stops at {place}: {reason}."
    )


def is_leaf(module: nn.Module) -> bool:
    """Whether `module` is a layer, not a container."""
    return isinstance(module, OPAQUE) or next(module.children(), None) is None


def shadow_of(module: nn.Module, made: dict[int, nn.Module]) -> nn.Module:
    """A copy of the module tree that shares all weights: a place for hooks that nobody else runs.

    Hooks that run before a module are kept, since weight normalisation computes its weights there; those
    that run after it are somebody's observers and would see meta tensors, so they are left out.
    """
    if id(module) not in made:
        shadow = made[id(module)] = object.__new__(type(module))
        state = dict(vars(module))
        state["_modules"] = {
            name: child and shadow_of(child, made) for name, child in state["_modules"].items()
        }
        state["_parameters"], state["_buffers"] = dict(state["_parameters"]), dict(state["_buffers"])
        for hooks in ("_forward_hooks", "_forward_hooks_with_kwargs", "_forward_hooks_always_called"):
            state[hooks] = OrderedDict()
        for hooks in ("_forward_pre_hooks", "_forward_pre_hooks_with_kwargs"):
            state[hooks] = OrderedDict(state[hooks])
        vars(shadow).update(state, training=False)
    return made[id(module)]
