"""Cuts a network in two where what is frozen ends: the part in front gives the same for a picture in every epoch.

The forward pass is traced (torch.fx) with every block as one unbroken step, so that a block may be written in any way.
What follows from frozen steps alone is the front; the head's pooling, which learns nothing, goes with it. One tensor
must cross. A network that cannot be traced or cut so, or whose parts do not give what the whole gives, is not cut: it
learns as before, only slower.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, get_ident
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.utils.flop_counter import FlopCounterMode

from kt_gui.engine.backbones import Network
from kt_gui.engine.devices import Resolved

WORTH = 50
"""Floating-point operations that the front must save for each byte it would keep of a picture: to read a byte back
takes as long as some ten to twenty of them (ResNet-18 at 32 px: its stem saves 13, its first stage 1 200)."""

PLAIN = (
    *(nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, nn.AvgPool2d, nn.MaxPool2d, nn.Flatten, nn.Identity),
    *(nn.ReLU, nn.ReLU6, nn.SiLU, nn.GELU, nn.Hardswish),
)
"""Layers without weights and without chance: they may go in front, whosever they are."""


@dataclass(frozen=True)
class Cut:
    """A network in two parts that share its layers."""

    front: nn.Module
    """Pictures [batch, 3, s, s] to activations [batch, *shape]; it learns nothing and draws no chance."""
    blocks: tuple[str, ...]
    """The blocks that lie wholly in front."""
    shape: tuple[int, ...]
    dtype: torch.dtype
    key: str
    """Hash of the front: its steps, its weights and buffers."""
    work: int
    """Floating-point operations that the rest takes for a picture, forward."""
    _learning: nn.Module
    _judging: nn.Module

    def rest(self, *, learning: bool) -> nn.Module:
        """Give the part from the activations to the logits, traced while learning or while judging.

        The modes of its layers are the network's own.
        """
        return self._learning if learning else self._judging

    @property
    def bytes_per_picture(self) -> int:
        """What the activations of a picture take."""
        return int(torch.Size(self.shape).numel() * self.dtype.itemsize)


def cut(network: Network, learning: Collection[str], resolved: Resolved) -> Cut | None:
    """Cut a network, in the modes it learns in, before the first of the blocks that learn; None where that cannot be
    done or does not pay. The network stays as it is, its modes too.
    """
    if network.blocks[0] in learning:
        return None
    for opens_head in (True, False):
        found = _cut(network, learning, resolved, opens_head=opens_head)
        if found is not None:
            return found
    return None


def _cut(network: Network, learning: Collection[str], resolved: Resolved, *, opens_head: bool) -> Cut | None:
    try:
        in_training = _trace(network, opens_head=opens_head)
        with _judging(network.module):
            in_judging = _trace(network, opens_head=opens_head)
    except (fx.proxy.TraceError, RuntimeError, TypeError, ValueError, AttributeError, NotImplementedError):
        return None  # what a forward pass does that cannot be traced shows itself by any of these
    fixed = _fixed(network, in_training.graph, in_judging.graph, learning)
    learns, judges = (_halves(traced, fixed) for traced in (in_training, in_judging))
    if learns is None or judges is None:
        return None
    return _checked(network, learning, resolved, front=judges[0], rests=(learns[1], judges[1]))


# --- tracing ---------------------------------------------------------------------------------------------------------


class _Tracer(fx.Tracer):
    """Takes every part that lies in one block as one step; of the head it looks into the layers where asked to.

    While fx traces, it sees every module that is called in the whole program. What other threads call - a dry run may
    be under way beside a run - is none of its business and goes on as if it were not there.
    """

    def __init__(self, network: Network, *, opens_head: bool) -> None:
        super().__init__()
        self._thread = get_ident()
        self._head, self._opens_head = network.blocks[-1], opens_head
        self._held: dict[str, set[str]] = {}
        for name, block in network.owner.items():
            parts = name.split(".")
            for length in range(len(parts) + 1):
                self._held.setdefault(".".join(parts[:length]), set()).add(block)

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Whether a module is one step."""
        held = self._held.get(module_qualified_name, set())
        if self._opens_head and held == {self._head}:
            return super().is_leaf_module(m, module_qualified_name)
        return len(held) == 1

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Trace a call, where it is ours."""
        return super().call_module(m, forward, args, kwargs) if self._is_ours() else forward(*args, **kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        """Trace the use of a weight, where it is ours."""
        return super().getattr(attr, attr_val, parameter_proxy_cache) if self._is_ours() else attr_val

    def _is_ours(self) -> bool:
        return get_ident() == self._thread


def _trace(network: Network, *, opens_head: bool) -> fx.GraphModule:
    with _TRACING:
        graph = _Tracer(network, opens_head=opens_head).trace(network.module)
    return fx.GraphModule(network.module, graph)


_TRACING = Lock()


@contextmanager
def _judging(module: nn.Module) -> Iterator[None]:
    """Put a network into eval mode, and every part back into its own."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode


# --- cutting ---------------------------------------------------------------------------------------------------------


def _fixed(network: Network, first: fx.Graph, second: fx.Graph, learning: Collection[str]) -> frozenset[str]:
    """Name the steps that nothing which learns goes into: as long as both traces take the same steps."""
    fixed: set[str] = set()
    for one, other in zip(first.nodes, second.nodes, strict=False):
        if (one.op, one.name, str(one.target), str(one.args), str(one.kwargs)) != (
            *(other.op, other.name, str(other.target)),
            *(str(other.args), str(other.kwargs)),
        ):
            break
        if all(node.name in fixed for node in one.all_input_nodes) and _is_fixed(network, one, learning):
            fixed.add(one.name)
    return frozenset(fixed)


def _is_fixed(network: Network, node: fx.Node, learning: Collection[str]) -> bool:
    match node.op:
        case "get_attr":
            return network.owner.get(str(node.target)) not in learning
        case "call_module":
            is_plain = isinstance(network.module.get_submodule(str(node.target)), PLAIN)
            return is_plain or network.owner[str(node.target)] not in learning
        case "output":
            return False
        case _:
            return True


def _halves(traced: fx.GraphModule, fixed: Collection[str]) -> tuple[fx.GraphModule, fx.GraphModule] | None:
    """Part the steps; None where not exactly one tensor would cross, or nothing is won."""
    crossing = [
        node
        for node in traced.graph.nodes
        if node.name in fixed and not _is_given(node) and any(user.name not in fixed for user in node.users)
    ]
    if len(crossing) != 1 or crossing[0].op == "placeholder":
        return None
    front, rest = fx.Graph(), fx.Graph()
    of_front: dict[fx.Node, fx.Node] = {}
    of_rest = {crossing[0]: rest.placeholder("activations")}
    for node in traced.graph.nodes:
        if node.name in fixed:
            of_front[node] = front.node_copy(node, of_front.__getitem__)
        if _is_given(node) or node.name not in fixed:
            of_rest[node] = rest.node_copy(node, of_rest.__getitem__)
    front.output(of_front[crossing[0]])
    return _module(traced, front), _module(traced, rest)


def _is_given(node: fx.Node) -> bool:
    """Whether a step is a weight, or a further argument of the forward pass with its default: either part may ask."""
    return node.op == "get_attr" or (node.op == "placeholder" and bool(node.args))


def _module(traced: fx.GraphModule, graph: fx.Graph) -> fx.GraphModule:
    made = fx.GraphModule(traced, graph)
    graph.eliminate_dead_code()
    made.recompile()
    return made


# --- is it right, and does it pay? -----------------------------------------------------------------------------------


def _checked(
    network: Network,
    learning: Collection[str],
    resolved: Resolved,
    *,
    front: fx.GraphModule,
    rests: tuple[fx.GraphModule, fx.GraphModule],
) -> Cut | None:
    """Compare the parts with the whole on two pictures of noise, and count what the front saves."""
    pictures = _noise(network, resolved)
    with torch.no_grad(), _judging(network.module), resolved.autocast():
        wanted = network.module(pictures)
        with FlopCounterMode(display=False) as saved:
            activations = front(pictures)
        if not isinstance(activations, Tensor) or len(activations) != len(pictures):
            return None
        with FlopCounterMode(display=False) as left:
            found = rests[1](activations)
    if not torch.allclose(found.float(), wanted.float(), rtol=1e-4, atol=1e-5):
        return None
    made = Cut(
        front=front,
        blocks=tuple(_in_front(network, learning)),
        shape=tuple(activations.shape[1:]),
        dtype=activations.dtype,
        key=_key(front),
        work=left.get_total_flops() // len(pictures),
        _learning=rests[0],
        _judging=rests[1],
    )
    is_worth_it = saved.get_total_flops() / len(pictures) >= WORTH * made.bytes_per_picture
    return made if is_worth_it else None


def _noise(network: Network, resolved: Resolved) -> Tensor:
    side = network.view.size
    noise = torch.randn((2, 3, side, side), generator=torch.Generator().manual_seed(0))
    return noise.to(resolved.device).contiguous(memory_format=resolved.layout)


def _in_front(network: Network, learning: Collection[str]) -> Iterator[str]:
    for block in network.blocks:
        if block in learning:
            return
        yield block


def _key(front: fx.GraphModule) -> str:
    """Hash all that decides what a front makes of a picture."""
    hashed = hashlib.blake2b(digest_size=16)
    hashed.update(f"{front.code}\n{front}".encode())
    state: Mapping[str, Any] = front.state_dict()
    for name, tensor in state.items():
        hashed.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        hashed.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return hashed.hexdigest()
