"""From the bytes of a picture file to an upright RGB picture, and back to a PNG. Knows no folders, no classes."""

import hashlib
import io
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from kt_gui.schema.texts import Message, mark

WANTED = (
    *("JPEG", "PNG", "GIF", "BMP", "DIB", "TIFF", "WEBP", "PPM", "JPEG2000", "AVIF", "QOI"),
    *("TGA", "PCX", "SGI", "ICO"),
)
"""What is tried where this Pillow knows it. Not all it knows: its EPS reader starts another program on the file."""

HEIC = (b"ftypheic", b"ftypheix", b"ftyphevc")

LARGEST = 89_000_000
"""Pixels; Pillow's own bound, above which a small file may be a trap that fills the memory."""

WIDE_BITS = (8, 12, 16)
"""What a grey picture of more than 8 bits may hold: cameras and scanners store 12 bits in 16."""

LYING = (5, 6, 7, 8)
"""EXIF orientations that swap width and height."""

Open = Callable[[], io.BufferedReader | io.BytesIO]


class Unusable(Exception):  # noqa: N818 - it is raised and told about, as Stopped is
    """A file that is no use as a picture; `reason` says why, in words for people."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason.text)
        self.reason = reason


class Inspected(msgspec.Struct, frozen=True):
    """What a full decode of a file has found."""

    width: int
    height: int
    digest: str


class Opening(msgspec.Struct, frozen=True, gc=False):
    """Opens a file; of anything else, such as a pipe that would never end, it raises Unusable.

    There is one for every picture of a set. Python's garbage collector passes over it, and over what holds it; a
    closure with its cell, its path and that path's parts are five things for it to look through, again and again.
    """

    path: str

    def __call__(self) -> io.BufferedReader:
        """Open it."""
        path = Path(self.path)
        if path.exists() and not path.is_file():
            raise Unusable(Message(mark("It is not a file.")))
        return path.open("rb")


def opening(path: Path | str) -> Open:
    """Make the opening of a file."""
    return Opening(str(path))


def inspect(source: Open) -> Inspected:
    """Decode a whole file, at the least cost that still finds damage, and hash its bytes. Raises Unusable."""
    try:
        with source() as file:
            _refuse_known(file.read(12))
            file.seek(0)
            width, height = _measure(file)
            file.seek(0)
            digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except Unusable:
        raise
    except Exception as error:  # whatever a damaged file makes Pillow's readers stumble over
        raise Unusable(_reason(error)) from error
    return Inspected(width, height, digest)


def _measure(file: io.BufferedReader | io.BytesIO) -> tuple[int, int]:
    """Upright width and height of a picture whose every byte was decoded."""
    with Image.open(file, formats=_formats()) as image:
        _refuse_huge(image)
        width, height = image.size
        image.draft("RGB", (1, 1))  # an eighth of the size: quick, yet all of a JPEG is decoded
        image.load()
        return (height, width) if _orientation(image) in LYING else (width, height)


def _orientation(image: Image.Image) -> int:
    """The EXIF tag of a loaded picture; 1, upright, where it has none or its tags are damaged."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (SyntaxError, ValueError, TypeError, struct.error):
        return 1


def decode(source: Open, side: int | None = None) -> Image.Image:
    """Read a picture: first frame, upright, RGB. With `side`, at least so large on its short side. Raises Unusable."""
    try:
        with source() as file, Image.open(file, formats=_formats()) as image:
            _refuse_huge(image)
            if side is not None:
                image.draft("RGB", (side, side))
            image.load()
            return flatten(image if _orientation(image) == 1 else ImageOps.exif_transpose(image))
    except Unusable:
        raise
    except Exception as error:  # as above
        raise Unusable(_reason(error)) from error


def flatten(image: Image.Image) -> Image.Image:
    """Turn any picture into RGB: what is transparent becomes white, more than 8 bits become 8."""
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_narrow(np.asarray(image))).convert("RGB")
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), clear).convert("RGB")
    return image.convert("RGB")


def _narrow(
    values: np.ndarray[tuple[int, ...], np.dtype[np.generic]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Bring wide grey values [h, w] to 8 bits: by the fewest of 8, 12 or 16 bits that hold the brightest.

    Values beyond 16 bits, or below 0, are stretched from the darkest to the brightest; so are floating ones beyond 1.
    """
    wide = np.nan_to_num(values.astype(np.float64))
    low, high = float(wide.min()), float(wide.max())
    floating = values.dtype.kind == "f"
    ceilings = [1.0, 255.0] if floating else [2.0**bits - 1 for bits in WIDE_BITS]
    fitting = [ceiling for ceiling in ceilings if high <= ceiling]
    if low < 0 or not fitting:
        scaled = (wide - low) / max(high - low, 1e-12)
    else:
        scaled = wide / fitting[0]
    return np.rint(scaled * 255).astype(np.uint8)


@cache
def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(name for name in WANTED if name in Image.OPEN)


def _refuse_known(head: bytes) -> None:
    """Say of some files by their first bytes what Pillow would only call unknown."""
    if not head:
        raise Unusable(Message(mark("It is empty.")))
    if head[4:] in HEIC:
        raise Unusable(Message(mark("HEIC pictures cannot be read: save it as JPEG.")))


def _refuse_huge(image: Image.Image) -> None:
    pixels = image.width * image.height
    if pixels > LARGEST:
        raise Unusable(_huge(pixels))


def _huge(pixels: int) -> Message:
    text = mark("It has {pixels} million pixels; more than {most} million are not read.")
    return Message(text, {"pixels": round(pixels / 1e6), "most": round(LARGEST / 1e6)})


def _reason(error: Exception) -> Message:
    """Say in words what an error while decoding means."""
    match error:
        case Image.DecompressionBombError() | Image.DecompressionBombWarning():
            return Message(mark("It has far too many pixels to be read."))
        case FileNotFoundError():
            return Message(mark("There is no such file."))
        case PermissionError():
            return Message(mark("It may not be read: permission is missing."))
        case UnidentifiedImageError():
            return Message(mark("It is not a picture of a known format."))
        case MemoryError():
            return Message(mark("It is too large for the memory."))
        case OSError() if "truncated" in str(error).casefold():
            return Message(mark("It ends too early: perhaps it was not copied whole."))
    return Message(mark("It is damaged: {details}"), {"details": str(error) or type(error).__name__})


def thumbnail(image: Image.Image, side: int) -> bytes:
    """Shrink a picture to fit a square of `side` pixels (a smaller one stays as it is); as PNG."""
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return encode_png(small)


def encode_png(image: Image.Image) -> bytes:
    """Write a picture as PNG, quickly rather than small."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
