"""Renames that survive a power cut."""

import os
from pathlib import Path


def flush_folder(folder: Path) -> None:
    """Wait until the disk has the renames in *folder*; Windows needs nothing.

    Raises:
        OSError: the disk is full or unavailable.
    """
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
