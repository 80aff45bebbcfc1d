"""Names of files that are sent to customers."""

import re
import unicodedata

_LONGEST = 60
_UNFIT = re.compile(r"[^A-Za-z0-9.-]+")


def file_name(words: str, suffix: str) -> str:
    """A file name that works on every telephone and connection.

    Args:
        words: what the file is, in the customer's language; accents are removed, and anything but
            letters, digits, points and hyphens becomes ``_``.
        suffix: with its dot.
    """
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode("ascii")
    stem = _UNFIT.sub("_", plain).strip("._-")[:_LONGEST].rstrip("._-")
    return f"{stem or 'file'}{suffix}"
