"""Whether two networks compute the same: linear CKA of what their blocks make of the same pictures.

CKA(X, Y) = HSIC(X, Y) / √(HSIC(X, X)·HSIC(Y, Y)) for X [n, p] and Y [n, q], with linear kernels K = XXᵀ, L = YYᵀ.
It is 1 where one is a rotated, shifted or scaled copy of the other, and knows nothing of the weights.
Source: Kornblith, Norouzi, Lee, Hinton 2019, arXiv:1905.00414.
"""

import math
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from kt_gui.engine.backbones import Network
from kt_gui.engine.devices import Resolved
from kt_gui.engine.evaluation import in_batches, look
from kt_gui.engine.features import pooled
from kt_gui.engine.loading import Portion
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.stop import Stopped, StopToken

AT_ONCE = 32
"""Pictures in a batch: what every block makes of them is held together."""

Representations = dict[str, Tensor]
"""By block, float32 [pictures, channels], in main memory."""


def linear_cka(x: Tensor, y: Tensor, *, unbiased: bool = False) -> float | None:
    """Compare two representations of the same pictures, [n, p] and [n, q]; None where one does not vary or is not
    finite.

    Plain, HSIC is ‖YᵀX‖² of centred columns: the paper's. With few pictures and many channels that is near 1 whatever
    is compared; `unbiased` takes Song et al. 2012's estimator (Nguyen et al. 2021, arXiv:2010.15327) instead, which is
    0 on average for what is independent, may fall below it, and needs four pictures.
    """
    x, y = _centred(x), _centred(y)
    hsic = _unbiased_hsic if unbiased else _inner
    size = hsic(x, x) * hsic(y, y)
    if not math.isfinite(size) or size <= 0:
        return None
    return hsic(x, y) / math.sqrt(size)


def _centred(values: Tensor) -> Tensor:
    values = values.double()
    return values - values.mean(dim=0)


def _inner(x: Tensor, y: Tensor) -> float:
    """Give ⟨XXᵀ, YYᵀ⟩ = ‖YᵀX‖², by whichever of the two takes less work: [n, n] or [p, q]."""
    n, p, q = len(x), x.shape[1], y.shape[1]
    if n * (p + q) < p * q:
        return float(((x @ x.T) * (y @ y.T)).sum())
    return float((y.T @ x).square().sum())


def _unbiased_hsic(x: Tensor, y: Tensor) -> float:
    """Give HSIC₁ = [tr(K̃L̃) + ΣK̃·ΣL̃/((n−1)(n−2)) − 2/(n−2)·1ᵀK̃L̃1] / (n(n−3)), K̃ and L̃ being K and L with a
    diagonal of zeros; neither is ever formed.
    """
    n = len(x)
    if n < 4:
        raise ValueError(f"{n} pictures, at least 4 are needed")
    k, l = x.square().sum(dim=1), y.square().sum(dim=1)  # noqa: E741 - the letters of the formula
    rows, columns = x @ x.sum(dim=0) - k, y @ y.sum(dim=0) - l
    trace = _inner(x, y) - float(k @ l)
    sums = float(rows.sum() * columns.sum()) / ((n - 1) * (n - 2))
    return (trace + sums - 2 / (n - 2) * float(rows @ columns)) / (n * (n - 3))


# --- what blocks compute ---------------------------------------------------------------------------------------------


def represent(
    network: Network, portion: Portion, resolved: Resolved, stop: StopToken, subject: str, *, share: tuple[int, int]
) -> Generator[Event, None, Representations]:
    """Give what each block makes of every picture: its last output, the mean over all places (of a transformer: over
    all tokens), so that it has as many numbers as channels.

    `share` says which part this is of how many that progress is told of. Raises Stopped between batches.
    """
    network.module.eval()
    batches = in_batches(len(portion), network, AT_ONCE)
    found: dict[str, list[Tensor]] = {block: [] for block in network.blocks}
    done, total = share[0] * len(portion), share[1] * len(portion)
    portion.expect(batches)
    try:
        with _watched(network) as outputs:
            for indexes in batches:
                if stop.requested():
                    raise Stopped
                yield Progressed(activity="testing", done=done, total=total, subject=subject)
                look(network, portion, indexes, resolved)
                for block, output in outputs.items():
                    found[block].append(pooled(output).cpu())
                outputs.clear()
                done += len(indexes)
    finally:
        portion.expect(())
    return {block: torch.cat(parts) for block, parts in found.items() if parts}


@contextmanager
def _watched(network: Network) -> Iterator[Representations]:
    """Collect each block's output while the network looks: of all its modules, what the one that ends last gives."""
    outputs: Representations = {}

    def keep(block: str) -> Callable[[nn.Module, object, object], None]:
        def kept(_module: nn.Module, _inputs: object, output: object) -> None:
            if isinstance(output, Tensor) and output.ndim > 1:
                outputs[block] = output

        return kept

    modules = [(name, part) for name, part in network.module.named_modules() if name in network.owner]
    hooks = [part.register_forward_hook(keep(network.owner[name])) for name, part in modules]
    try:
        yield outputs
    finally:
        for hook in hooks:
            hook.remove()
