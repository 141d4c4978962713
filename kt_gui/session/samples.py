"""What an export is held against: pictures that the run was tested on, as its network sees them and whole."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event
from kt_gui.schema.exports import Compared
from kt_gui.schema.stop import StopToken
from kt_gui.session.evaluating import role_of
from kt_gui.session.opening import Opened, portion_of, read_dealt
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from kt_gui.engine.collection import Collection
    from kt_gui.engine.splitting import Indexes

MOST = 100
"""Pictures that an export is compared on."""
NOISY = 16
"""Pictures of noise, where the data has gone."""


@dataclass(frozen=True)
class Samples:
    """Pictures to compare on."""

    on: Compared
    seen: "Tensor"
    """As the network sees them: float32 [n, 3, size, size]."""
    whole: "Sequence[Callable[[], NDArray[np.uint8]]]"
    """As a person has them: uint8 [height, width, 3], read when asked for."""


def find(opened: Opened, home: Home, stop: StopToken) -> Generator[Event, None, Samples]:
    """Take test pictures, spread evenly over all of them; noise where the run's data cannot be read any more.

    Raises Stopped.
    """
    try:
        dealt = yield from read_dealt(opened.folder, role_of(opened.folder, opened.checkpoint), home, stop)
        test = dealt.splits.test
        if len(test):
            return (yield from _taken(opened, dealt.collection, _spread(test), home, stop))
    except UserError:
        pass
    return _noise(opened)


def _spread(test: "Indexes") -> "Indexes":
    import numpy as np

    return test[np.linspace(0, len(test) - 1, min(len(test), MOST)).round().astype(np.int64)]


def _taken(
    opened: Opened, collection: "Collection", chosen: "Indexes", home: Home, stop: StopToken
) -> Generator[Event, None, Samples]:
    import numpy as np
    import torch

    from kt_gui.engine.loading import AS_IS

    portion = yield from portion_of(opened, collection, chosen, home, stop)
    seen = portion.look(torch.arange(len(chosen)), AS_IS).cpu().contiguous()

    def whole(index: int) -> "NDArray[np.uint8]":
        return np.asarray(collection.picture(index), dtype=np.uint8)

    return Samples("test", seen, [lambda index=int(index): whole(index) for index in chosen])  # type: ignore[misc]


def _noise(opened: Opened) -> Samples:
    """Pictures of chance, a little wider than the network's."""
    import numpy as np
    import torch
    from PIL import Image

    from kt_gui.engine.sizing import fit

    view, chance = opened.network.view, np.random.default_rng(0)
    shape = (NOISY, view.side, view.side + view.side // 4, 3)
    pictures = chance.integers(0, 256, shape, dtype=np.uint8)
    fitted = np.stack([fit(Image.fromarray(picture), view) for picture in pictures])
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (view.mean, view.std))
    seen = (torch.from_numpy(fitted) / 255 - mean) / std
    return Samples("noise", seen, [lambda picture=picture: picture for picture in pictures])  # type: ignore[misc]
