"""Invented exports, for pictures of the page and its tests."""

from kt_gui.schema.exports import Exported, Format

RUN = "/runs/emoji"


def exported(form: Format, size: int, **more: object) -> Exported:
    """One that lies in the run's folder."""
    suffix = {"script": "-script/emoji-1f3a.py", "report": ".report.html", "onnx": ".onnx"}.get(form, f".{form}")
    path = f"{RUN}/exports/emoji-1f3a{suffix}"
    found: dict[str, object] = {"largest_difference": 0.0, "compared": 100, **more}
    return Exported(run=RUN, format=form, checkpoint="best", paths=(path,), bytes=size, **found)  # type: ignore[arg-type]


EXPORTED = (
    exported("script", 2_967_907, repeated_difference=0.0),
    exported("report", 26_804, compared=25, compared_on="numbers"),
    exported("onnx", 364_454, largest_difference=2.3e-6, preprocessing_difference=6.6e-7),
)
