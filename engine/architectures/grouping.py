"""From the calls of a network to nested blocks: its modules, opened, gathered and repeated where a reader
would.

Blocks follow the module tree. Then, in order:

- a block with one child is that child, and a plain list inside a block ("conv", "block") is opened into it;
- at the top, the one container that holds everything of interest is opened ("features", "encoder");
- equal consecutive blocks are gathered and counted. Equal means: the same class, the same output shape and the
  same layers (kind and kernel) in the same order, not counting additions, concatenations and what lies on a
  shortcut, so the first block of a ResNet stage, with its projection and stride, equals the others. Widths
  inside may differ;
- a flat list of layers is cut behind each pooling (AlexNet, VGG);
- what comes before the first block with inner structure is the stem, what comes after the last one the head;
- a plain list that is left ("Sequential" says nothing) is called by its few layers, or by its own name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from torch import nn

from engine.architectures.flow import ADDITIONS, Flow
from engine.architectures.nodes import repeated_title

_LONG = 8  # a flat list longer than this is cut at its poolings
_FEW = 3  # layers in a plain list that are named one by one
_WRAPPERS = {"Sequential", "ModuleList"}


@dataclass
class Draft:
    """A node in the making: a call, or a block of drafts."""

    id: str
    kind: str
    call: int | None = None
    items: list[Draft] = field(default_factory=list)
    of: str = ""
    repeat: int = 1

    @property
    def title(self) -> str:
        """Class and repeat count: "Bottleneck x 6" with a real sign."""
        return repeated_title(self.of, self.repeat) if self.repeat > 1 else self.kind

    def calls(self) -> Iterator[int]:
        """Numbers of all calls inside."""
        if self.call is not None:
            yield self.call
        for item in self.items:
            yield from item.calls()


def blocks(flow: Flow, model: nn.Module) -> Draft:
    """The nested blocks of the whole network."""
    root = _module_tree(flow, model)
    root.items = [_simplified(item, flow) for item in root.items]
    _open_container(root, flow)
    _gather(root, flow)
    if any(_structured(item, flow) for item in root.items):
        _stem_and_head(root, flow)
    else:
        _cut_at_poolings(root)
    _name_lists(root)
    return root


def class_name(module: nn.Module) -> str:
    """The class, without the underscore of a private one."""
    return type(module).__name__.lstrip("_")


def _module_tree(flow: Flow, model: nn.Module) -> Draft:
    modules = dict(model.named_modules())
    root = Draft("", class_name(model))
    found: dict[str, Draft] = {}
    used: dict[str, int] = {}
    for number, call in flow.calls.items():
        place = root
        for scope in call.scopes[1:]:
            if scope not in found:
                found[scope] = Draft(scope, class_name(modules[scope.partition("#")[0]]))
                place.items.append(found[scope])
            place = found[scope]
        function = call.name.lower() if call.module is None else ""
        own = call.module is not None or call.path != call.scopes[-1].partition("#")[0]
        name = call.path if own else f"{call.path}.{function}".lstrip(".")
        used[name] = used.get(name, 0) + 1
        unique = name if used[name] == 1 else f"{name}#{used[name]}"
        place.items.append(Draft(unique, _leaf_kind(call.name, own, modules[call.path]), number))
    return root


def _leaf_kind(name: str, own: bool, module: nn.Module) -> str:
    if own:
        return class_name(module)
    return "add" if name in ADDITIONS else name


def _simplified(draft: Draft, flow: Flow) -> Draft:
    """`draft` without levels that show nothing."""
    draft.items = [_simplified(item, flow) for item in draft.items]
    if len(draft.items) == 1 and (not draft.items[0].items or draft.kind in _WRAPPERS):
        return draft.items[0]
    inner = [item for item in draft.items if item.items]
    if len(inner) == 1 and inner[0].kind in _WRAPPERS and not flow.shortcuts.issuperset(inner[0].calls()):
        position = draft.items.index(inner[0])
        draft.items[position : position + 1] = inner[0].items
    return draft


def _structured(draft: Draft, flow: Flow) -> bool:
    """Whether a block has something to show inside: blocks, repeats, or ways that part and meet."""
    return draft.repeat > 1 or any(item.items for item in draft.items) or _joins(draft, flow)


def _joins(draft: Draft, flow: Flow) -> bool:
    inside = {item.call for item in draft.items}
    return any(target in inside and kind in ("skip", "concat") for (_, target), kind in flow.kinds.items())


def _open_container(root: Draft, flow: Flow) -> None:
    while True:
        structured = [item for item in root.items if _structured(item, flow)]
        if not structured:
            total = sum(1 for _ in root.calls())
            structured = [
                item for item in root.items if item.items and 2 * sum(1 for _ in item.calls()) > total
            ]
        if len(structured) != 1 or _joins(structured[0], flow):
            return
        position = root.items.index(structured[0])
        root.items[position : position + 1] = structured[0].items


def _layers(draft: Draft, flow: Flow) -> tuple[str, ...]:
    """Kinds and kernels of the layers in a block, without shortcuts and joins."""
    layers = []
    for number in draft.calls():
        call = flow.calls[number]
        if number not in flow.shortcuts and call.name not in (*ADDITIONS, "cat", "concat"):
            depthwise = (
                isinstance(call.module, nn.Conv2d) and call.module.groups == call.module.in_channels > 1
            )
            layers.append(f"{call.name} {getattr(call.module, 'kernel_size', '')} {depthwise}")
    return tuple(layers)


def _gather(draft: Draft, flow: Flow) -> None:
    for item in draft.items:
        _gather(item, flow)

    def likeness(item: Draft) -> object:
        if not item.items:
            return item.id  # single layers are never gathered
        return item.kind, flow.calls[max(item.calls())].output_shape, _layers(item, flow)

    runs = [list(run) for _, run in groupby(draft.items, key=likeness)]
    several = [run for run in runs if len(run) > 1]
    if len(several) == 1 and draft.id and len(several[0]) == sum(bool(item.items) for item in draft.items):
        draft.repeat, draft.of = len(several[0]), several[0][0].kind
        draft.kind = several[0][0].kind if draft.kind in _WRAPPERS else draft.kind
        return
    draft.items = [run[0] if len(run) == 1 else _repeated(run) for run in runs]


def _repeated(run: list[Draft]) -> Draft:
    first, last = run[0], run[-1]
    return Draft(f"{first.id}..{last.id}", first.kind, items=run, of=first.kind, repeat=len(run))


def _cut_at_poolings(root: Draft) -> None:
    ends = [place for place, item in enumerate(root.items, 1) if item.kind in ("MaxPool2d", "AvgPool2d")]
    if len(root.items) <= _LONG or len(ends) < 2:
        return
    starts = [0, *ends]
    stages = [
        Draft(f":stage {number}", "stage", items=root.items[start:end])
        for number, (start, end) in enumerate(zip(starts, ends, strict=False), 1)
    ]
    root.items = [*stages, *_bundle("head", root.items[ends[-1] :])]


def _stem_and_head(root: Draft, flow: Flow) -> None:
    inner = [place for place, item in enumerate(root.items) if _structured(item, flow)]
    if inner:
        first, last = inner[0], inner[-1] + 1
        stem, head = _bundle("stem", root.items[:first]), _bundle("head", root.items[last:])
        root.items = [*stem, *root.items[first:last], *head]


def _bundle(name: str, items: list[Draft]) -> list[Draft]:
    if len(items) < 2:
        return items
    opened = [part for item in items for part in (item.items if item.kind in _WRAPPERS else [item])]
    return [Draft(f":{name}", name, items=opened)]


def _name_lists(draft: Draft) -> None:
    for item in draft.items:
        _name_lists(item)
    if draft.id and draft.kind in _WRAPPERS:
        own = draft.id.partition("#")[0].rpartition(".")[2]
        few = len(draft.items) <= _FEW
        draft.kind = " + ".join(item.title for item in draft.items) if few else own
        if draft.kind.isdigit():
            draft.kind = "stage"
