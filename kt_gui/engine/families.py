"""How the networks of each family are built, given their makers' weights, and shown pictures.

The families: small networks of our own, the bundled model, torchvision's and timm's.
"""

import copy
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from torch import Tensor, nn

from kt_gui.engine.blocks import last_layer
from kt_gui.engine.fitting import copy_weights, misfit
from kt_gui.engine.loading import View
from kt_gui.engine.small_networks import SMALL_NETWORKS
from kt_gui.engine.weights import timm_configuration, torchvision_weights, unknown_model
from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr

BUNDLED_ARCHITECTURE = "tf_efficientnet_lite0"

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""Of ImageNet's pictures."""
CROPPED_FROM = 128
"""Pixels from which on pictures lose their border, as the pretrained networks' makers do; small ones stay whole."""


@runtime_checkable
class Resizable(Protocol):
    """A model of timm whose positions or windows can be fitted to a picture size."""

    def set_input_size(self, *, img_size: tuple[int, int]) -> None: ...


# --- building ----------------------------------------------------------------------------------------------------


def build(name: str, classes: int, image_size: int) -> nn.Module:
    """Build a network with random weights. Raises UserError where there is no such network."""
    family, _, model = name.partition("/")
    match family:
        case "torchvision":
            return _build_torchvision(model, classes, image_size)
        case "timm":
            return _build_timm(model, image_size, num_classes=classes)
        case "bundled":
            return _build_timm(BUNDLED_ARCHITECTURE, image_size, num_classes=classes)
        case _:
            return _small(name)(classes)


def _small(name: str) -> Callable[[int], nn.Module]:
    if name not in SMALL_NETWORKS:
        raise UserError(
            tr("There is no network named {name} (network).", name=name),
            tr("Choose one from the list of models, such as {names}.", names=", ".join(SMALL_NETWORKS)),
        )
    return SMALL_NETWORKS[name]


def _build_torchvision(model: str, classes: int, image_size: int) -> nn.Module:
    from torchvision.models._api import get_model

    architecture = model.partition(".")[0]
    options: dict[str, Any] = {}
    if architecture.startswith("vit_"):
        options["image_size"] = image_size
    if architecture in ("googlenet", "inception_v3"):
        # their makers trained them on pictures normalised otherwise: the network itself turns one into the other
        options |= {"aux_logits": False, "init_weights": True, "transform_input": True}
    return get_model(architecture, weights=None, num_classes=classes, **options)


def _build_timm(model: str, image_size: int, **options: Any) -> nn.Module:
    import timm

    module: nn.Module = timm.create_model(model, **options)
    return _resized(module, image_size)


def resize(name: str, module: nn.Module, image_size: int) -> nn.Module:
    """Give a copy that takes pictures of another size, with the same weights; positions are interpolated."""
    if name.startswith("torchvision/vit_"):
        classes = module.get_submodule(last_layer(module)).out_features
        other = _build_torchvision(name.partition("/")[2], classes, image_size)  # type: ignore[arg-type]
        copy_weights(other, _with_positions(dict(module.state_dict()), other, image_size), name)
        return other
    other = copy.deepcopy(module)
    if isinstance(other, Resizable):
        other.set_input_size(img_size=(image_size, image_size))
    return other


def _resized(module: nn.Module, image_size: int) -> nn.Module:
    """Adapt what depends on the picture size: positions are interpolated, windows fitted."""
    native = module.pretrained_cfg["input_size"][-1]  # type: ignore[index]
    if image_size != native and isinstance(module, Resizable):
        module.set_input_size(img_size=(image_size, image_size))
    return module


def restore(name: str, state: dict[str, Tensor], image_size: int, source: Path) -> tuple[nn.Module, tuple[str, ...]]:
    """Build a network with its makers' weights; also gives the names of their classes."""
    family, _, model = name.partition("/")
    match family:
        case "torchvision":
            return _restore_torchvision(model, state, image_size, source)
        case "timm":
            return _restore_timm(model, state, image_size, source)
        case "bundled":
            return _restore_bundled(state, image_size, source)
        case _:
            raise unknown_model(name)


def _restore_torchvision(
    model: str, state: dict[str, Tensor], image_size: int, source: Path
) -> tuple[nn.Module, tuple[str, ...]]:
    classes = tuple(torchvision_weights(model).meta["categories"])
    module = _build_torchvision(model, len(classes), image_size)
    if model.startswith("vit_"):
        state = _with_positions(state, module, image_size)
    renamed = {_new_name(name): tensor for name, tensor in state.items() if not name.lower().startswith("aux")}
    copy_weights(module, renamed, str(source))
    return module, classes


def _with_positions(state: dict[str, Tensor], module: nn.Module, image_size: int) -> dict[str, Tensor]:
    from torchvision.models.vision_transformer import interpolate_embeddings

    return dict(interpolate_embeddings(image_size, module.patch_size, state))  # type: ignore[arg-type]


def _new_name(name: str) -> str:
    """WORKAROUND: torchvision's densenet files still say norm.1 for norm1; it renames them in its own loader only."""
    return re.sub(r"(denselayer\d+\.(?:norm|relu|conv))\.([12]\.)", r"\1\2", name)


def _restore_timm(
    model: str, state: dict[str, Tensor], image_size: int, source: Path
) -> tuple[nn.Module, tuple[str, ...]]:
    timm_configuration(model)
    try:
        module = _build_timm(model, image_size, pretrained=True, pretrained_cfg_overlay={"state_dict": state})
    except (RuntimeError, KeyError) as error:
        if "state_dict" not in str(error) and not isinstance(error, KeyError):
            raise
        raise misfit(str(source), str(error).splitlines()[-1].strip()) from error
    module.pretrained_cfg.pop("state_dict", None)  # type: ignore[operator, union-attr]  # timm would keep a second copy
    return module, _imagenet_classes(module.num_classes)  # type: ignore[arg-type]


def _restore_bundled(state: dict[str, Tensor], image_size: int, source: Path) -> tuple[nn.Module, tuple[str, ...]]:
    """The file names its tensors otherwise, but keeps timm's order: map by position."""
    module = _build_timm(BUNDLED_ARCHITECTURE, image_size)
    names = list(module.state_dict())
    if len(names) != len(state):
        raise misfit(str(source), tr("{count} tensors", count=len(state)))
    copy_weights(module, dict(zip(names, state.values(), strict=True)), str(source))
    return module, _imagenet_classes(1000)


def _imagenet_classes(count: int) -> tuple[str, ...]:
    from timm.data.imagenet_info import ImageNetInfo, infer_imagenet_subset

    subset = infer_imagenet_subset({"num_classes": count})
    return tuple(ImageNetInfo(subset).label_descriptions()) if subset else ()


# --- pictures ----------------------------------------------------------------------------------------------------


def view_of(name: str, image_size: int | None = None) -> View:
    """Tell how pictures must come: as the makers say, at another size where asked for."""
    family, _, model = name.partition("/")
    match family:
        case "torchvision":
            view = _torchvisionview_of(model)
        case "timm":
            view = _timmview_of(model)
        case "bundled":
            view = _timmview_of(BUNDLED_ARCHITECTURE)
        case _:
            view = View(size=32, mean=MEAN, std=STD, interpolation="bilinear", crop=1.0)
    size = image_size or view.size
    return replace(view, size=size, crop=view.crop if size >= CROPPED_FROM else 1.0)


def _torchvisionview_of(model: str) -> View:
    shown = torchvision_weights(model).transforms()
    return View(
        size=shown.crop_size[0],
        mean=tuple(shown.mean),
        std=tuple(shown.std),
        interpolation="bicubic" if shown.interpolation.value == "bicubic" else "bilinear",
        crop=shown.crop_size[0] / shown.resize_size[0],
    )


def _timmview_of(model: str) -> View:
    told = timm_configuration(model)
    return View(
        size=told.input_size[-1],
        mean=tuple(told.mean),
        std=tuple(told.std),
        interpolation="bilinear" if told.interpolation == "bilinear" else "bicubic",
        crop=told.crop_pct,
    )
