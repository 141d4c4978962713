"""How a script builds a run's network, and gives it another head."""

from torch import nn

from kt_gui.engine.backbones import Network
from kt_gui.engine.blocks import last_layer
from kt_gui.engine.families import BUNDLED_ARCHITECTURE, Resizable
from kt_gui.engine.scripts import pieces
from kt_gui.engine.small_networks import SMALL_NETWORKS

DEPTHS = {"resnet18_cifar": (2, 2, 2, 2), "resnet34_cifar": (3, 4, 6, 3)}


def package(network: Network) -> str:
    """Name the package besides torch that the network comes from; none for a small one, which is written out."""
    family = network.name.partition("/")[0]
    return "" if network.name in SMALL_NETWORKS else "torchvision" if family == "torchvision" else "timm"


def building(network: Network) -> list[str]:
    """Give the pieces that define `build(classes)`."""
    if network.name == "small_cnn":
        return [pieces.CONVOLVE, pieces.SMALL_CNN]
    if network.name in DEPTHS:
        return [pieces.CONVOLVE, pieces.RESNET.format(depths=DEPTHS[network.name])]
    family, _, model = network.name.partition("/")
    if family == "torchvision":
        return [_torchvision(model, network.view.size)]
    return [_timm(BUNDLED_ARCHITECTURE if family == "bundled" else model, network)]


def _torchvision(model: str, size: int) -> str:
    architecture = model.partition(".")[0]
    options = f", image_size={size}" if architecture.startswith("vit_") else ""
    if architecture in ("googlenet", "inception_v3"):
        options = ", aux_logits=False, init_weights=True, transform_input=True"
    return (
        "\ndef build(classes):\n"
        f'    return torchvision.models.get_model("{architecture}", weights=None, num_classes=classes{options})\n'
    )


def _timm(model: str, network: Network) -> str:
    lines = ["", "def build(classes):", f'    net = timm.create_model("{model}", num_classes=classes)']
    native = network.module.pretrained_cfg["input_size"][-1]  # type: ignore[index]
    if isinstance(network.module, Resizable) and native != network.view.size:
        lines.append(f"    net.set_input_size(img_size=({network.view.size}, {network.view.size}))")
    return "\n".join([*lines, "    return net", ""])


def new_head(network: Network, classes: int) -> str:
    """Write the line that gives a network a fresh head."""
    if package(network) == "timm":
        return f"net.reset_classifier({classes})"
    path = last_layer(network.module)
    place = "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in path.split("."))
    layer = network.module.get_submodule(path)
    bias = "" if layer.bias is not None else ", bias=False"
    match layer:
        case nn.Linear():
            return f"net{place} = nn.Linear({layer.in_features}, {classes}{bias})"
        case nn.Conv2d():
            return f"net{place} = nn.Conv2d({layer.in_channels}, {classes}, {layer.kernel_size}{bias})"
        case _:
            raise TypeError(type(layer).__name__)
