"""Whether tensors are the same, bit for bit, and how far they lie apart where not."""

import hashlib
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor


def fingerprint(tensors: Mapping[str, Tensor], names: Iterable[str]) -> str:
    """Hash these tensors together, by name, type, shape and content: sha256. One that is missing counts as such."""
    whole = hashlib.sha256()
    for name in sorted(names):
        tensor = tensors.get(name)
        whole.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\0".encode() if tensor is not None else b"-\0")
        if tensor is not None:
            whole.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return whole.hexdigest()


def largest_difference(first: Mapping[str, Tensor], second: Mapping[str, Tensor]) -> float | None:
    """Give the largest absolute difference of two numbers in the same place; None where tensors are not alike.

    Numbers that are none, in the same place, do not differ.
    """
    if {name: tensor.shape for name, tensor in first.items()} != {name: t.shape for name, t in second.items()}:
        return None
    return max((_difference(tensor, second[name]) for name, tensor in first.items()), default=0.0)


def _difference(first: Tensor, second: Tensor) -> float:
    if torch.equal(first, second) or not first.numel():
        return 0.0
    apart = (first.double() - second.double()).abs()
    return float(apart.masked_fill(first.isnan() & second.isnan(), 0.0).nan_to_num(torch.inf).max())
