"""The run that the tests of this folder do on two processes."""

import msgspec

from kt_gui.schema.choices import SGD, HeadFirst
from kt_gui.schema.experiment import Experiment, Transfer
from tests.session.conftest import tiny


def changing(epochs: int = 4, rate: float = 0.005) -> Experiment:
    """Batch norm that learns, a head that learns first, a pull to the source, batches in parts that differ.

    In small steps: sums in another order may send a value across the kink of a ReLU, and large ones would enlarge that.
    """
    base = tiny(transfer=Transfer(strength=0.01, freezing=HeadFirst(head_epochs=1)), seed=3)
    choices = {"epochs": epochs, "batch_size": 5, "accumulation": 2, "optimiser": SGD(learning_rate=rate)}
    training = msgspec.structs.replace(base.training, **choices)
    return msgspec.structs.replace(base, training=training)
