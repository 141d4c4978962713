"""Torchvision without its compiled library, as in a bundle whose torch was made without CUDA.

Declaring the operators' names is enough for torchvision to be imported: networks and transforms then work, detection
(nms, roi_align, deform_conv2d) and its own picture decoders, which this program does not use, do not.
"""

from importlib.util import find_spec
from pathlib import Path

import torch

DETECTIONS = "Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width"
GRADIENTS = "SymInt batch_size, SymInt channels, SymInt height, SymInt width"
POOLED = "float spatial_scale, SymInt pooled_height, SymInt pooled_width"
DEFORMED = (
    "Tensor input, Tensor weight, Tensor offset, Tensor mask, Tensor bias, "
    "SymInt stride_h, SymInt stride_w, SymInt pad_h, SymInt pad_w, SymInt dilation_h, SymInt dilation_w, "
    "SymInt groups, SymInt offset_groups, bool use_mask"
)
SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    f"roi_align({DETECTIONS}, int sampling_ratio, bool aligned) -> Tensor",
    f"_roi_align_backward(Tensor grad, Tensor rois, {POOLED}, {GRADIENTS}, int sampling_ratio, bool aligned) -> Tensor",
    f"roi_pool({DETECTIONS}) -> (Tensor, Tensor)",
    f"_roi_pool_backward(Tensor grad, Tensor rois, Tensor argmax, {POOLED}, {GRADIENTS}) -> Tensor",
    f"ps_roi_align({DETECTIONS}, int sampling_ratio) -> (Tensor, Tensor)",
    "_ps_roi_align_backward(Tensor grad, Tensor rois, Tensor channel_mapping, "
    f"{POOLED}, int sampling_ratio, {GRADIENTS}) -> Tensor",
    f"ps_roi_pool({DETECTIONS}) -> (Tensor, Tensor)",
    f"_ps_roi_pool_backward(Tensor grad, Tensor rois, Tensor channel_mapping, {POOLED}, {GRADIENTS}) -> Tensor",
    f"deform_conv2d({DEFORMED}) -> Tensor",
    f"_deform_conv2d_backward(Tensor grad, {DEFORMED}) -> (Tensor, Tensor, Tensor, Tensor, Tensor)",
)
"""As torchvision 0.28 registers them (torchvision/csrc/ops)."""

_library: torch.library.Library | None = None  # lives as long as the process: dropping it takes the operators away


def declare_operators() -> bool:
    """Declare torchvision's operators where its own library cannot be loaded; say whether that was needed.

    To be called before torchvision is first imported.
    """
    global _library
    if _library is None and not _has_library():
        _library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
        for schema in SCHEMAS:
            _library.define(schema)  # type: ignore[no-untyped-call]
    return _library is not None


def _has_library() -> bool:
    found = find_spec("torchvision")
    folder = Path(found.origin).parent if found and found.origin else Path()
    libraries = [path for path in sorted(folder.glob("_C*")) if path.suffix in (".so", ".pyd", ".dylib")]
    return any(_loads(path) for path in libraries)


def _loads(library: Path) -> bool:
    try:
        torch.ops.load_library(str(library))  # type: ignore[no-untyped-call]
    except OSError:
        return False
    return True
