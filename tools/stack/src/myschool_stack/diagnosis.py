"""What the last lines of a log mean to a person: the likely cause and the way out, by the words programs use."""

import re

_KNOWN = (
    (r"no space left on device|ENOSPC|disk quota exceeded", "The disk is full: free some space, then start again."),
    (r"npm error code EINTEGRITY", "A download does not have the pinned hash: start again; if it stays so, tell the maintainers."),
    (
        r"npm error.*(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|network)",
        "The registry of npm packages is not reached: check the network, then start again.",
    ),
    (
        r"address (is )?already in use|EADDRINUSE|BindException",
        "Its port was taken meanwhile: stop the program that holds it, then start again.",
    ),
    (
        r"OutOfMemoryError|cannot allocate memory|out of memory|could not (map|create) .*memory",
        "There is not enough memory: the whole stack needs 3 GB. Close other programs, then start again.",
    ),
    (r"permission denied|EACCES", "A file belongs to another user (was it started as root before?): give it back, then start again."),
)


def cure(lines: str, default: str) -> str:
    """A sentence for the first known cause in the lines."""
    return next((words for pattern, words in _KNOWN if re.search(pattern, lines, re.IGNORECASE)), default)
