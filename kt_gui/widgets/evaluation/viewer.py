"""One picture, large, out of several: what it is, what the network said of it, and what can be done with it."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from kt_gui.bridge.models import Models
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.texts import tr
from kt_gui.widgets.messages import Dialog


def show_pictures(_models: Models, pictures: Sequence[Picture], at: int, parent: QWidget) -> Dialog:
    """Open the viewer on pictures of the run's target data, at one of them; arrow keys walk through the others."""
    picture = pictures[at]
    made = Dialog(
        picture.name, tr("{name}: {label}", name=picture.name, label=picture.label), "picture", "accent", parent
    )
    made.open()
    return made
