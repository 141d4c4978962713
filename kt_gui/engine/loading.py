"""From a collection to batches for the network: pictures brought to its size once, then kept where they fit."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from kt_gui.engine.array_store import ArrayStore
from kt_gui.engine.augmenting import Recipe, as_float, augment
from kt_gui.engine.checking import digest, find_duplicates, find_overlap, find_problems
from kt_gui.engine.collection import Collection, digest_of
from kt_gui.engine.decoding import encode_png, thumbnail
from kt_gui.engine.devices import memory_available, send
from kt_gui.engine.look_ahead import Gather, LookAhead
from kt_gui.engine.sizing import Pictures, View, fit, fit_pixels, fitted, hand_on
from kt_gui.engine.splitting import Indexes, Splits, deal
from kt_gui.engine.streaming import Decoding, Stored, decode, find
from kt_gui.schema.choices import NoAugmentation
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken

__all__ = [
    "AS_IS",
    "Keys",
    "Look",
    "Portion",
    "Splits",
    "View",
    "as_png",
    "deal",
    "digest",
    "find_duplicates",
    "find_overlap",
    "find_problems",
    "fit",
    "fit_pixels",
    "load",
    "thumbnail",
]

SHARE = 4
"""Pictures may take this part of the memory that is free, where nothing else is said: one in four bytes."""

UNDER_WAY = 2**30
"""Bytes of pictures being decoded at a time, at most: eight threads, each with a photo of 20 million pixels."""

Fetch = Callable[[Tensor], Tensor]
"""Indexes into a portion to pictures, uint8 [b, 3, size, size], on the device."""

Keys = NDArray[np.void]
"""[n], 16 bytes each."""


@dataclass(frozen=True)
class Look:
    """One fixed way to look at pictures: as they are, or each varied by a chance that only the seed, the number of the
    look and the picture itself decide.
    """

    recipe: Recipe
    number: int = 0
    seed: int = 0


AS_IS = Look(NoAugmentation())


class Portion:
    """One split, ready for the network. `labels` is int64 [n] on the device."""

    def __init__(
        self,
        labels: Tensor,
        view: View,
        fetch: Fetch,
        *,
        resident: bool,
        memory: int = 0,
        look_ahead: LookAhead | None = None,
        digests: Sequence[str] | None = None,
    ) -> None:
        """`digests` are hashes of the pictures, in hex; left out, they are made of the pixels when first asked for."""
        self.labels = labels
        self.view = view
        self.resident = resident
        self.memory = memory
        """Bytes of main memory that its pictures take, at most."""
        self._fetch = fetch
        self._digests = digests
        self._keys: dict[Look, Keys] = {}
        self._look_ahead = look_ahead
        self._mean = torch.tensor(view.mean, device=labels.device).view(1, 3, 1, 1)
        self._std = torch.tensor(view.std, device=labels.device).view(1, 3, 1, 1)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def is_in_place(self) -> bool:
        """Whether all pictures lie where they are computed with."""
        return self.resident and self._look_ahead is None

    def part(self, places: Indexes) -> "Portion":
        """Give some pictures of a portion that is in place as one of their own; they are held once."""
        at, digests = torch.from_numpy(places), self._digests
        return Portion(
            self.labels[send(at, self.labels.device)],
            self.view,
            lambda indexes: self._fetch(at[indexes.cpu()]),
            resident=True,
            memory=self.memory * len(places) // max(len(self), 1),
            digests=None if digests is None else [digests[place] for place in places],
        )

    def expect(self, batches: Sequence[Tensor]) -> None:
        """Say which batches will be asked for next, in order, so that they are ready then.

        Say that there are none, (), where the rest will not be asked for: nothing is read any more then.
        """
        if self._look_ahead is not None:
            self._look_ahead.expect(batches)

    def batch(self, indexes: Tensor, augmentation: Recipe, seed: int, only: Tensor | None = None) -> Tensor:
        """Pictures by index, varied by chance from the seed and normalised: float32 [b, 3, size, size] on the device.

        The same indexes and seed give the same pixels; mixing (mixup, CutMix) is the caller's. `only` gives those at
        some places of the batch, varied as they would be among all.
        """
        generator = torch.Generator().manual_seed(seed)
        if only is not None:
            return self._normalise(self._varied_among(indexes, augmentation, generator, only))
        return self._normalise(augment(self._fetch(indexes), augmentation, generator))

    def _varied_among(self, indexes: Tensor, recipe: Recipe, generator: torch.Generator, only: Tensor) -> Tensor:
        """Fetch some of a batch and vary them; in the others' places are none: chance is drawn for all of them."""
        some = self._fetch(indexes[only])
        if isinstance(recipe, NoAugmentation):
            return as_float(some)
        places = send(only, some.device)
        whole = some.new_zeros((len(indexes), *some.shape[1:])).index_copy_(0, places, some)
        return augment(whole, recipe, generator).index_select(0, places)

    def look(self, indexes: Tensor, look: Look) -> Tensor:
        """Pictures by index, in one fixed way, normalised: float32 [b, 3, size, size] on the device.

        A picture looks the same whichever others are asked for with it.
        """
        pictures = self._fetch(indexes)
        if isinstance(look.recipe, NoAugmentation):
            return self._normalise(as_float(pictures))
        seeds = (int.from_bytes(key.tobytes()[:8], "big") >> 1 for key in self.keys(look)[indexes.cpu().numpy()])
        varied = [
            augment(pictures[place : place + 1], look.recipe, torch.Generator().manual_seed(seed))
            for place, seed in enumerate(seeds)
        ]
        return self._normalise(torch.cat(varied))

    def keys(self, look: Look) -> Keys:
        """Name what each picture is, looked at in this way: equal exactly where the pixels will be."""
        if look not in self._keys:
            digests: Iterable[str] = self._digests if self._digests is not None else self._hash_pixels()
            if not isinstance(look.recipe, NoAugmentation):
                digests = (digest_of(f"{digest} {look}".encode()) for digest in digests)
            self._keys[look] = np.frombuffer(b"".join(map(bytes.fromhex, digests)), dtype="V16")
        return self._keys[look]

    def _hash_pixels(self) -> list[str]:
        pixels = self._fetch(torch.arange(len(self))).cpu().numpy()
        return [digest_of(picture.tobytes()) for picture in pixels]

    def _normalise(self, pictures: Tensor) -> Tensor:
        return pictures.sub_(self._mean).div_(self._std)


@dataclass(frozen=True)
class _Part:
    """Pictures that are to be loaded."""

    collection: Collection
    indexes: Indexes
    view: View
    store: ArrayStore | None
    limit: int
    """Bytes they may take in main memory."""

    @property
    def size(self) -> int:
        """Bytes of all of them."""
        return len(self.indexes) * self.view.bytes

    @property
    def room(self) -> int:
        """Bytes that may be under way while they are decoded, or read from the disk."""
        return min(UNDER_WAY, self.limit // 4)


def load(
    collection: Collection,
    indexes: Indexes,
    view: View,
    device: torch.device,
    stop: StopToken,
    *,
    store: ArrayStore | None = None,
    limit: int | None = None,
) -> Generator[Event, None, Portion]:
    """Bring these pictures of a collection to the network's size.

    They stay on a device with memory of its own where a quarter of what is free there holds them, else in main memory
    where they take no more than `limit` bytes (a quarter of what is free), else they are decoded once into the store
    and read from there, batch by batch; without room there, each batch is decoded anew. What does not stay takes about
    half of the limit. Raises UserError for a picture that has gone, Stopped.
    """
    labels = torch.from_numpy(collection.labels[indexes]).to(device)
    limit = memory_available("cpu") // SHARE if limit is None else limit
    part = _Part(collection, indexes, view, None if _is_ready(collection, view) else store, limit)
    fits = part.size <= limit
    digests = [collection.digests[index] for index in indexes]
    has_own_memory = device.type == "cuda"
    if SHARE * part.size <= memory_available(str(device)) if has_own_memory else fits:
        whole = yield from _keep(part, device, stop)
        memory = 0 if has_own_memory else part.size
        return Portion(labels, view, partial(_pick, whole), resident=True, memory=memory, digests=digests)
    if fits:  # in main memory, for a device that has too little
        whole = yield from _keep(part, torch.device("cpu"), stop)
        gather: Gather = Stored(whole.numpy(), np.arange(len(indexes)), part.room)
    else:
        gather = yield from _stream(part, stop)
    ahead = LookAhead(gather, view.shape, device, limit // 4)
    memory = part.size if fits else limit // 2
    return Portion(labels, view, ahead, resident=fits, memory=memory, look_ahead=ahead, digests=digests)


def _is_ready(collection: Collection, view: View) -> bool:
    """Whether its pictures are in memory already, in the right size: nothing is to be gained by another copy."""
    return collection.pixels is not None and min(collection.pixels.shape[1:3]) == view.side


def _pick(whole: Tensor, indexes: Tensor) -> Tensor:
    return whole.index_select(0, send(indexes, whole.device))


def _keep(part: _Part, device: torch.device, stop: StopToken) -> Generator[Event, None, Tensor]:
    """Put all pictures into the device's memory, a few at a time: uint8 [n, 3, size, size]."""
    whole = torch.empty((len(part.indexes), *part.view.shape), dtype=torch.uint8, device=device)
    done = 0

    def place(chunk: Pictures) -> None:
        nonlocal done
        whole[done : done + len(chunk)] = torch.tensor(chunk)
        done += len(chunk)

    yield from hand_on(_chunks(part), len(part.indexes), part.collection.title, stop, place)
    return whole


def _chunks(part: _Part) -> Generator[Pictures, None, None]:
    """Decode them, or read them from the store if they lie there anyway."""
    found = None if part.store is None else find(part.store, part.collection, part.indexes, part.view, part.room)
    return found.chunks() if found else fitted(part.collection, part.indexes, part.view, part.room)


def _stream(part: _Part, stop: StopToken) -> Generator[Event, None, Gather]:
    """Say where batches come from: from the store, or else from the pictures themselves."""
    found: Gather | None = None
    if part.store is not None:
        asked = (part.store, part.collection, part.indexes, part.view)
        found = find(*asked, part.room) or (yield from decode(*asked, stop, part.room))
    return found or Decoding(part.collection, part.indexes, part.view, part.room)


def as_png(picture: Tensor, view: View) -> bytes:
    """A normalised picture, float [3, h, w], as a person sees it: PNG."""
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (view.mean, view.std))
    values = (picture.detach().float().cpu() * std + mean).mul(255).round().clamp(0, 255)
    return encode_png(Image.fromarray(values.to(torch.uint8).permute(1, 2, 0).numpy()))
