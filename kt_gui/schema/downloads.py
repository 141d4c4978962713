"""A file that lies somewhere else: where, and how to know that it arrived whole."""

import msgspec


class RemoteFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file to download."""

    filename: str
    """What it is called here."""
    urls: tuple[str, ...]
    """Where it lies; the later ones are tried where the earlier ones fail."""
    size: int | None = None
    """Bytes, where exactly known."""
    md5: str = ""
    sha256: str = ""
    """The whole sum in hexadecimal digits or its beginning; empty where nobody says."""
    unpack: bool = False
    """Whether it is an archive that is of use only unpacked."""
    inner: tuple[str, ...] = ()
    """Archives inside it, to be unpacked too, by their path in it."""
