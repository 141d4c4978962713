"""A network as an ONNX graph, with pictures prepared outside it or inside it, and asked through onnxruntime.

Inside, pictures come as a person has them, uint8 [n, height, width, 3] of any one size: the graph brings the short side
to the network's, cuts out the middle and normalises, as `sizing` does. Of 256 steps of brightness ONNX's Resize is two
off from Pillow's at most. Then it gives probabilities instead of logits.
"""

import json
import logging
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kt_gui.engine.backbones import Network
from kt_gui.engine.sizing import View
from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr

PICTURES, LOGITS, PROBABILITIES, WHOLE = "pictures", "logits", "probabilities", "whole_pictures"
"""Names of inputs and outputs."""
MOST = 2**31 - 2**20
"""Bytes one ONNX file holds; weights of larger networks lie beside it, in files of their own."""
CUBIC = -0.5
"""Pillow's bicubic."""


def encode(network: Network, example: Tensor, card: Mapping[str, Any]) -> bytes:
    """Write a network as a checked ONNX file. Raises UserError where it is too large for one."""
    import onnx

    graph = _traced(network, example)
    if graph.ByteSize() > MOST:
        raise UserError(
            tr("The network is too large for one ONNX file."), tr("Take another form: safetensors holds every network.")
        )
    onnx.helper.set_model_props(graph, {"card": json.dumps(card, ensure_ascii=False)})
    return _checked(graph)


def _checked(graph: Any) -> bytes:
    import onnx

    onnx.checker.check_model(graph, full_check=True)
    content: bytes = graph.SerializeToString()
    return content


def _traced(network: Network, example: Tensor) -> Any:
    with _quietly(), torch.no_grad():
        program = torch.onnx.export(
            network.module,
            (example,),
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            input_names=[PICTURES],
            output_names=[LOGITS],
            verbose=False,
        )
    assert program is not None
    return program.model_proto


@contextmanager
def _quietly() -> Iterator[None]:
    """The exporter tells of its own workings, which help nobody here."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logger.setLevel(level)


# --- preparing pictures inside the graph -----------------------------------------------------------------------------


def with_preparation(content: bytes, view: View) -> bytes:
    """Put the preparation in front of a graph, and probabilities behind it."""
    import onnx

    graph = onnx.load_from_string(content)
    opset = next(each.version for each in graph.opset_import if each.domain in ("", "ai.onnx"))
    front, back = _front(view, opset, graph.ir_version), _back(graph, opset)
    named = onnx.compose.add_prefix(graph, "network/", rename_inputs=False, rename_outputs=False)
    merged = onnx.compose.merge_models(front, named, io_map=[("prepared", PICTURES)])
    whole = onnx.compose.merge_models(merged, back, io_map=[(LOGITS, "scores")])
    onnx.helper.set_model_props(whole, {each.key: each.value for each in graph.metadata_props})
    return _checked(whole)


def _front(view: View, opset: int, ir_version: int) -> Any:
    from onnx import TensorProto, helper

    node, size = helper.make_node, view.size
    nodes = [
        node("Transpose", [WHOLE], ["planes"], perm=[0, 3, 1, 2]),
        node("Cast", ["planes"], ["numbers"], to=TensorProto.FLOAT),
        *_scaled(),
        *_resized("numbers", "across", 3, view),
        *_resized("across", "resized", 2, view),
        node("Sub", ["scaled", "size"], ["spare"]),
        node("Div", ["spare", "two"], ["begin"]),
        node("Add", ["begin", "size"], ["end"]),
        node("Slice", ["resized", "begin", "end", "axes"], ["middle"]),
        node("Div", ["middle", "high"], ["shares"]),
        node("Sub", ["shares", "mean"], ["centred"]),
        node("Div", ["centred", "std"], ["prepared"]),
    ]
    given = helper.make_tensor_value_info(WHOLE, TensorProto.UINT8, ["batch", "height", "width", 3])
    made = helper.make_tensor_value_info("prepared", TensorProto.FLOAT, ["batch", 3, size, size])
    return _model("preparation", nodes, [given], [made], _constants(view), opset, ir_version)


def _constants(view: View) -> dict[str, NDArray[Any]]:
    return {
        "side": np.array(view.side, np.float32),
        "size": np.array([view.size, view.size], np.int64),
        "two": np.array([2, 2], np.int64),
        "axes": np.array([2, 3], np.int64),
        "low": np.array(0, np.float32),
        "high": np.array(255, np.float32),
        "mean": np.array(view.mean, np.float32).reshape(1, 3, 1, 1),
        "std": np.array(view.std, np.float32).reshape(1, 3, 1, 1),
    }


def _scaled() -> list[Any]:
    """Height and width once the short side is the network's, as `sizing` rounds them: "scaled", int64 [2]."""
    from onnx import TensorProto, helper

    node = helper.make_node
    return [
        node("Shape", ["numbers"], ["shape"], start=2),
        node("Cast", ["shape"], ["sides"], to=TensorProto.FLOAT),
        node("ReduceMin", ["sides"], ["short"], keepdims=1),
        node("Mul", ["sides", "side"], ["multiplied"]),
        node("Div", ["multiplied", "short"], ["divided"]),
        node("Round", ["divided"], ["whole_sides"]),
        node("Max", ["whole_sides", "side"], ["at_least"]),
        node("Cast", ["at_least"], ["scaled"], to=TensorProto.INT64),
        node("Split", ["scaled"], ["side_2", "side_3"], axis=0, num_outputs=2),
    ]


def _resized(given: str, made: str, axis: int, view: View) -> list[Any]:
    """Bring one axis to its size and round to whole numbers: Pillow, too, takes one axis after the other."""
    from onnx import helper

    cubic = view.interpolation == "bicubic"
    mode: dict[str, Any] = {"mode": "cubic", "cubic_coeff_a": CUBIC} if cubic else {"mode": "linear"}
    common = {"antialias": 1, "exclude_outside": 1, "coordinate_transformation_mode": "half_pixel"}
    inputs = [given, "", "", f"side_{axis}"]
    return [
        helper.make_node("Resize", inputs, [f"{made}_exact"], axes=[axis], **common, **mode),
        helper.make_node("Round", [f"{made}_exact"], [f"{made}_rounded"]),
        helper.make_node("Clip", [f"{made}_rounded", "low", "high"], [made]),
    ]


def _back(graph: Any, opset: int) -> Any:
    from onnx import TensorProto, helper

    classes = graph.graph.output[0].type.tensor_type.shape.dim[1].dim_value
    given = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", classes])
    made = helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, ["batch", classes])
    nodes = [helper.make_node("Softmax", ["scores"], [PROBABILITIES], axis=1)]
    return _model("probabilities", nodes, [given], [made], {}, opset, graph.ir_version)


def _model(
    name: str,
    nodes: list[Any],
    given: list[Any],
    made: list[Any],
    constants: Mapping[str, NDArray[Any]],
    opset: int,
    ir_version: int,
) -> Any:
    from onnx import helper, numpy_helper

    fixed = [numpy_helper.from_array(value, key) for key, value in constants.items()]
    graph = helper.make_graph(nodes, name, given, made, fixed)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version)


# --- asking ----------------------------------------------------------------------------------------------------------


def decode(content: bytes) -> Callable[[Tensor], Tensor]:
    """Read a graph by onnxruntime: pictures as its input takes them to its output.

    Its releases report to their makers, and keep an identifier in the home folder, unless told not to before they are
    imported: nothing leaves this machine.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()

    def ask(pictures: Tensor) -> Tensor:
        return torch.from_numpy(session.run(None, {given.name: pictures.numpy()})[0])

    return ask
