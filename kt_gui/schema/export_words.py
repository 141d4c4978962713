"""What an export is for, and what was found when it was held against the run: the same in the terminal and the window.
"""

from collections.abc import Iterator, Mapping

from kt_gui.schema.exports import Exported, Format
from kt_gui.schema.quantities import number
from kt_gui.schema.texts import mark, thousands, tr, trn

TITLES: Mapping[Format, str] = {
    "safetensors": mark("Weights (safetensors)"),
    "torchscript": mark("TorchScript"),
    "torch_export": mark("torch.export"),
    "onnx": mark("ONNX"),
    "card": mark("Model card"),
    "script": mark("The run as one script"),
    "report": mark("Report"),
}
PURPOSES: Mapping[Format, str] = {
    "safetensors": mark("For Python: the weights, and a card that says how to load them and prepare pictures."),
    "torchscript": mark("For C++ and older PyTorch: loads without the network's code."),
    "torch_export": mark("For PyTorch from 2.5 on: a graph that can be compiled and optimised further."),
    "onnx": mark("For other programs, phones and browsers: any number of pictures at once."),
    "card": mark("For whoever gets the network: what it is, how good, what it is not for (Markdown)."),
    "script": mark("One plain PyTorch file that learns it all again and ends at the same numbers."),
    "report": mark("One page with the charts, for any browser; can be sent by mail."),
}
KB = 1000


def file_size(count: int) -> str:
    """Write how large a file is: `3 kB`, `14.1 MB`, `1.2 GB`."""
    if count < KB**2:
        return tr("{kilobytes} kB", kilobytes=max(1, round(count / KB)))
    if count < KB**3:
        return tr("{megabytes} MB", megabytes=f"{count / KB**2:.1f}")
    return tr("{gigabytes} GB", gigabytes=f"{count / KB**3:.1f}")


def findings(exported: Exported) -> Iterator[str]:
    """Say what was compared, and how far apart the export and the run are: one sentence each."""
    if exported.compared_on == "numbers":
        yield trn(
            "Read back; {count} statement agrees with the run.",
            "Read back; {count} statements agree with the run.",
            exported.compared,
        )
    elif exported.compared_on == "noise":
        yield tr(
            "Read back and asked {count} pictures of noise, for the run's data has gone: largest difference {most}.",
            count=thousands(exported.compared),
            most=difference(exported.largest_difference),
        )
    else:
        yield trn(
            "Read back and asked {count} test picture: largest difference {most}.",
            "Read back and asked {count} test pictures: largest difference {most}.",
            exported.compared,
            most=difference(exported.largest_difference),
        )
    yield from _further(exported)


def _further(exported: Exported) -> Iterator[str]:
    if exported.preprocessing_difference is not None:
        yield tr(
            "With whole pictures prepared in the graph, probabilities differ by up to {most}.",
            most=difference(exported.preprocessing_difference),
        )
    if exported.repeated_difference is not None:
        yield tr(
            "It was run to its end: its losses and accuracies differ from the logged ones by up to {most}.",
            most=difference(exported.repeated_difference),
        )
    elif exported.format == "script":
        yield tr("It was not run to its end, for that takes as long as the run did; it tells the difference itself.")


def difference(value: float | None) -> str:
    """Write a difference: `0` where every bit agrees."""
    return "–" if value is None else "0" if value == 0 else number(value)
