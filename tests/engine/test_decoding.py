import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from kt_gui.engine import decoding
from kt_gui.engine.decoding import Open, Unusable, decode, inspect, thumbnail
from tests.engine.picture_sets import noise


def opening(content: bytes) -> Open:
    return lambda: io.BytesIO(content)


def encoded(image: Image.Image, form: str, **options: object) -> Open:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return opening(buffer.getvalue())


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "WEBP", "PPM", "GIF", "JPEG", "TGA", "PCX"])
def test_common_formats_become_rgb_pictures_of_their_size(form: str) -> None:
    source = encoded(noise(), form)
    found = inspect(source)
    assert (found.width, found.height) == (12, 10)
    assert (decode(source).mode, decode(source).size) == ("RGB", (12, 10))


@pytest.mark.parametrize(("orientation", "corner"), [(1, (0, 0)), (3, (39, 19)), (6, (19, 0)), (8, (0, 39))])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_turned_photo_stands_upright(form: str, orientation: int, corner: tuple[int, int]) -> None:
    image = Image.new("RGB", (40, 20), "black")
    image.paste("white", (0, 0, 8, 8))
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = orientation
    source = encoded(image, form, exif=tags)
    upright = decode(source)
    assert upright.size == ((20, 40) if orientation in (6, 8) else (40, 20))
    assert min(upright.getpixel(corner)) > 200
    found = inspect(source)
    assert (found.width, found.height) == upright.size


def test_damaged_exif_tags_do_not_make_a_picture_useless() -> None:
    source = encoded(noise(), "JPEG", exif=b"Exif\0\0not tags at all")
    assert decode(source).size == (12, 10)


@pytest.mark.parametrize(
    ("brightest", "expected"), [(65535, [0, 128, 255]), (4095, [0, 128, 255]), (200, [0, 100, 200])]
)
def test_grey_of_16_bits_keeps_its_shades_also_where_only_8_or_12_are_used(brightest: int, expected: list[int]) -> None:
    row = np.array([[0, brightest // 2 + 1 if brightest > 255 else 100, brightest]], dtype=np.uint16)
    for form in ("PNG", "TIFF"):
        pixels = np.asarray(decode(encoded(Image.fromarray(row), form)))
        assert pixels[0, :, 0].tolist() == expected
        assert (pixels[..., 0] == pixels[..., 2]).all()


def test_floating_grey_is_read_as_shares_of_white_or_stretched() -> None:
    shares = np.array([[0.0, 0.5, 1.0]], dtype=np.float32)
    far = np.array([[-1000.0, 0.0, 1000.0]], dtype=np.float32)
    for values in (shares, far):
        pixels = np.asarray(decode(encoded(Image.fromarray(values), "TIFF")))
        assert pixels[0, :, 1].tolist() == [0, 128, 255]


def test_what_is_transparent_becomes_white() -> None:
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    clear.putpixel((0, 0), (0, 0, 255, 255))
    decoded = decode(encoded(clear, "PNG"))
    assert decoded.getpixel((0, 0)) == (0, 0, 255)
    assert decoded.getpixel((3, 3)) == (255, 255, 255)


def test_a_transparent_colour_of_a_palette_becomes_white() -> None:
    palette = Image.new("P", (2, 1))
    palette.putpalette([255, 0, 0, 0, 255, 0])
    palette.putpixel((1, 0), 1)
    for transparency in (0, bytes([0, 255])):
        decoded = decode(encoded(palette, "PNG", transparency=transparency))
        assert [decoded.getpixel((x, 0)) for x in (0, 1)] == [(255, 255, 255), (0, 255, 0)]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "YCbCr", "HSV", "I", "F"])
def test_every_kind_of_pixel_becomes_rgb(mode: str) -> None:
    assert (
        decoding.flatten(noise().convert("L").convert(mode) if mode in ("I", "F") else noise().convert(mode)).mode
        == "RGB"
    )


def test_of_a_moving_picture_the_first_frame_counts() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    source = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode(source).getpixel((1, 1)) == (255, 0, 0)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
def test_a_half_copied_picture_is_found_out(form: str) -> None:
    with encoded(noise(width=64, height=64), form)() as file:
        content = file.read()
    with pytest.raises(Unusable):
        inspect(opening(content[: len(content) // 2]))


def test_a_picture_with_a_flipped_byte_is_found_out() -> None:
    with encoded(noise(width=64, height=64), "PNG")() as file:
        content = bytearray(file.read())
    content[len(content) // 2] ^= 0xFF
    with pytest.raises(Unusable):
        inspect(opening(bytes(content)))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"just words", "not a picture"),
        (b"\0\0\0 ftypheic", "save it as JPEG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not a picture"),
    ],
)
def test_what_is_no_picture_is_said_plainly(content: bytes, said: str) -> None:
    with pytest.raises(Unusable) as raised:
        inspect(opening(content))
    assert said in str(raised.value.reason)


def giant(side: int) -> bytes:
    """The head of a PNG that claims to be so large, and almost no data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [9_500, 60_000])
def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded(side: int) -> None:
    for read in (inspect, decode):
        with pytest.raises(Unusable, match="pixels"):
            read(opening(giant(side)))


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(Unusable) as raised:
        inspect(lambda: (tmp_path / "gone.png").open("rb"))
    assert "no such file" in str(raised.value.reason)


def test_equal_bytes_have_equal_digests_and_others_have_not() -> None:
    one, again, other = (inspect(encoded(noise(seed), "PNG")).digest for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_a_large_jpeg_may_be_decoded_smaller_but_never_below_the_side_asked_for() -> None:
    reduced = decode(encoded(noise(width=640, height=480), "JPEG"), side=100)
    assert 100 <= min(reduced.size) < 480


def test_a_thumbnail_is_a_png_that_fits_and_a_small_picture_stays_small() -> None:
    for width, expected in ((200, (96, 48)), (12, (12, 6))):
        with Image.open(io.BytesIO(thumbnail(noise(width=width, height=width // 2), 96))) as small:
            assert (small.format, small.size) == ("PNG", expected)
