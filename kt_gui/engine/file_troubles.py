"""Says why a file that holds data cannot be read, in words for people."""

from pathlib import Path

from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr


def unreadable(path: Path, error: OSError, otherwise: str) -> UserError:
    """Put it into words; `otherwise` is the remedy where neither a name nor a permission is wrong."""
    if isinstance(error, FileNotFoundError):
        return UserError(tr("File {path} does not exist.", path=str(path)), otherwise)
    message = tr("File {path} cannot be read: {details}", path=str(path), details=error.strerror or str(error))
    allow = tr("Give yourself the right to read it, or choose another file.")
    return UserError(message, allow if isinstance(error, PermissionError) else otherwise)
