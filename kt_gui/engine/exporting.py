"""A network as bytes that others read: safetensors, TorchScript, torch.export, ONNX; and read back from them.

Nothing is written here. Every form takes pictures as the network sees them, float32 [n, 3, size, size], normalised, and
gives logits [n, classes]; an ONNX graph can be made to take whole pictures (`onnx_graphs.with_preparation`).
"""

import copy
import io
import json
import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, assert_never

import torch
from torch import Tensor

from kt_gui.engine import backbones, onnx_graphs
from kt_gui.engine.backbones import Network
from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr

NetworkFormat = Literal["safetensors", "torchscript", "torch_export", "onnx"]
Ask = Callable[[Tensor], Tensor]
"""Pictures as the network sees them to logits."""

TOLERANCE = 1e-3
"""The most by which logits may differ from the run's, for each unit of the largest; else an export is thrown away."""
PROBABILITY_TOLERANCE = 0.05
"""The same for probabilities from whole pictures: two programs make a picture smaller each in its own way."""
AT_ONCE = 32
"""Pictures that are compared at a time."""
EXAMPLES = 2
"""Pictures a network is traced with: one alone would be taken for a fixed number."""


@dataclass(frozen=True)
class Difference:
    """How far an export is from the run."""

    largest: float
    scale: float
    """The largest value that was compared."""

    @property
    def is_tolerable(self) -> bool:
        """Whether it is rounding alone."""
        return self.largest <= TOLERANCE * max(1.0, self.scale)


def plain(network: Network) -> Network:
    """Copy a network as it is taken along: in main memory, contiguous, in eval mode."""
    module = copy.deepcopy(network.module).to("cpu", torch.float32)
    module = module.to(memory_format=torch.contiguous_format).eval()
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    return Network(network.name, module, network.blocks, network.owner, network.view, network.classes)


def encode(form: NetworkFormat, network: Network, card: Mapping[str, Any]) -> bytes:
    """Turn a plain network into bytes; `card` goes along inside where the form has room for it. Raises UserError."""
    match form:
        case "safetensors":
            return _encode_safetensors(network, card)
        case "torchscript":
            return _encode_torchscript(network, card)
        case "torch_export":
            return _encode_torch_export(network, card)
        case "onnx":
            with _explained(form, network):
                return onnx_graphs.encode(network, example(network), card)
        case _:
            assert_never(form)


def decode(form: NetworkFormat, content: bytes, network: Network) -> Ask:
    """Read bytes back, as whoever gets them does; `network` says only which one it was."""
    match form:
        case "safetensors":
            return _decode_safetensors(content, network)
        case "torchscript":
            with _quietly():
                scripted: Ask = torch.jit.load(io.BytesIO(content), map_location="cpu").eval()  # type: ignore[no-untyped-call]
            return scripted
        case "torch_export":
            return torch.export.load(io.BytesIO(content)).module()
        case "onnx":
            return onnx_graphs.decode(content)
        case _:
            assert_never(form)


def example(network: Network) -> Tensor:
    """Pictures to trace a network with."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(EXAMPLES, *network.view.shape, generator=generator)


def compare(ask: Ask, network: Network, pictures: Tensor) -> Difference:
    """Ask both for the same pictures."""
    return difference(answers(ask, pictures), answers(network.module, pictures))


@torch.no_grad()
def answers(ask: Ask, pictures: Tensor) -> Tensor:
    """Ask a few pictures at a time, so that memory holds them: [n, classes]."""
    asked = pictures.tensor_split(math.ceil(len(pictures) / AT_ONCE))
    return torch.cat([ask(some.contiguous()) for some in asked])


def difference(found: Tensor, expected: Tensor) -> Difference:
    """Say how far logits are apart; what is no number makes it no number, which nothing tolerates."""
    return Difference(float((found - expected).abs().max()), float(expected.abs().max()))


# --- the forms -----------------------------------------------------------------------------------------------------


def _encode_safetensors(network: Network, card: Mapping[str, Any]) -> bytes:
    from safetensors.torch import save

    state = {name: tensor.contiguous().clone() for name, tensor in network.module.state_dict().items()}
    return save(state, metadata={"format": "pt", "card": json.dumps(card, ensure_ascii=False)})


def _decode_safetensors(content: bytes, network: Network) -> Ask:
    from safetensors.torch import load

    anew = backbones.create(network.name, network.classes, network.view.size, seed=1)
    anew.module.load_state_dict(load(content))
    return anew.module.eval()


def _encode_torchscript(network: Network, card: Mapping[str, Any]) -> bytes:
    out = io.BytesIO()
    with _explained("torchscript", network), _quietly(), torch.no_grad():
        traced = torch.jit.trace(network.module, example(network), check_trace=False)  # type: ignore[no-untyped-call]
        torch.jit.save(traced, out, _extra_files={"card.json": json.dumps(card)})
    return out.getvalue()


def _encode_torch_export(network: Network, card: Mapping[str, Any]) -> bytes:
    out = io.BytesIO()
    with _explained("torch_export", network), _quietly():
        shapes = ({0: torch.export.Dim("batch")},)
        program = torch.export.export(network.module, (example(network),), dynamic_shapes=shapes, strict=False)
        torch.export.save(program, out, extra_files={"card.json": json.dumps(card)})
    return out.getvalue()


@contextmanager
def _quietly() -> Iterator[None]:
    """Of TorchScript torch says that torch.export comes after it: both are offered, and whoever chooses knows."""
    with warnings.catch_warnings(action="ignore"):
        yield


TITLES: Mapping[NetworkFormat, str] = {
    "safetensors": "safetensors",
    "torchscript": "TorchScript",
    "torch_export": "torch.export",
    "onnx": "ONNX",
}


@contextmanager
def _explained(form: NetworkFormat, network: Network) -> Iterator[None]:
    """Say in plain words that a network cannot be written in a form: its tracers raise whatever they come upon."""
    try:
        yield
    except (RuntimeError, TypeError, ValueError, AttributeError, NotImplementedError, AssertionError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise UserError(
            tr(
                "{network} cannot be written as {form}: {reason}",
                network=network.name,
                form=TITLES[form],
                reason=reason,
            ),
            tr("Take another form: safetensors holds every network."),
        ) from error
