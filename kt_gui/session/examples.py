"""The experiments that come with the program. Torch-free."""

from kt_gui.schema.codec import load_experiment
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.texts import tr
from kt_gui.store.folders import resources

FIRST = "emoji"


def examples() -> tuple[str, ...]:
    """Name them, the one for a first try first."""
    found = sorted(path.stem for path in (resources() / "experiments").glob("*.toml"))
    return tuple(sorted(found, key=lambda name: name != FIRST))


def example(name: str = FIRST) -> Experiment:
    """Give one by its name. Raises UserError with the names there are."""
    if name not in examples():
        raise UserError(
            tr("There is no example “{name}”.", name=name),
            tr("Choose one of: {names}.", names=", ".join(examples())),
        )
    return load_experiment(resources() / "experiments" / f"{name}.toml")
