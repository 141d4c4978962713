"""Reads the pickles that CIFAR comes as: arrays, lists, dictionaries, bytes and strings, and nothing that could run."""

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np

ALLOWED: dict[tuple[str, str], Any] = {
    (module, name): part
    for module in ("numpy", "numpy.core.multiarray", "numpy._core.multiarray")
    for name, part in {
        "ndarray": np.ndarray,
        "dtype": np.dtype,
        "_reconstruct": np.empty(0).__reduce__()[0],  # what an array's pickle begins with
    }.items()
}


def read_pickle(path: Path) -> dict[str, Any]:
    """Read a dictionary; strings of Python 2 are taken as latin-1.

    Raises:
        pickle.UnpicklingError: it asks for anything but arrays.
    """
    found = _Restricted(io.BytesIO(path.read_bytes()), encoding="latin1").load()
    if not isinstance(found, dict):
        raise pickle.UnpicklingError(f"{type(found).__name__} in place of a dictionary")
    return {key.decode("latin1") if isinstance(key, bytes) else key: value for key, value in found.items()}


def _encode(text: str, encoding: str) -> bytes:
    """How Python 3 writes bytes for older readers."""
    if not isinstance(text, str) or encoding != "latin1":
        raise pickle.UnpicklingError(f"bytes in {encoding}")
    return text.encode("latin1")


class _Restricted(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Give only what arrays are made of."""
        if (module, name) == ("_codecs", "encode"):
            return _encode
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not an array")
        return ALLOWED[module, name]
