"""What an export is for, and what was found when it was held against the run: in the terminal and in the window."""

from collections.abc import Iterator, Mapping
from typing import assert_never

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
    "safetensors": mark("For Python: the weights, and a card that says how to use them."),
    "torchscript": mark("For C++ and older PyTorch: loads without the network's code."),
    "torch_export": mark("For newer PyTorch: a graph that can be compiled and optimised."),
    "onnx": mark("For other programs, phones and browsers: any number of pictures at once."),
    "card": mark("For whoever gets the network: what it is, how good, what not for."),
    "script": mark("One plain PyTorch file that learns it all again and ends at the same numbers."),
    "report": mark("One page with the charts, for any browser; can be sent by mail."),
}


def findings(exported: Exported) -> Iterator[str]:
    """Say what was compared, and how far apart the export and the run are: one sentence each."""
    match exported.compared_on:
        case "numbers":
            yield trn(
                "Read back: {count} statement agrees with the run.",
                "Read back: {count} statements agree with the run.",
                exported.compared,
            )
        case "noise":
            yield tr(
                "Read back and asked {count} pictures of noise, for the run's data has gone: {answer}.",
                count=thousands(exported.compared),
                answer=_answer(exported.largest_difference),
            )
        case "test":
            yield trn(
                "Read back and asked {count} test picture: {answer}.",
                "Read back and asked {count} test pictures: {answer}.",
                exported.compared,
                answer=_answer(exported.largest_difference),
            )
        case _:
            assert_never(exported.compared_on)
    yield from _further(exported)


def _answer(value: float | None) -> str:
    if not value:
        return tr("the same answers, to the last bit")
    return tr("the largest difference is {most}", most=number(value))


def _further(exported: Exported) -> Iterator[str]:
    prepared, repeated = exported.preprocessing_difference, exported.repeated_difference
    if prepared is not None:
        yield tr("With pictures prepared in the graph, probabilities differ by {most} at most.", most=number(prepared))
    if repeated == 0:
        yield tr("Run to its end, it ends at the losses and accuracies that were logged, to the last digit.")
    elif repeated is not None:
        yield tr("Run to its end, it ends {most} at most from what was logged.", most=number(repeated))
    elif exported.format == "script":
        yield tr("It was not run to its end, for that takes as long as the run did; it tells the difference itself.")
