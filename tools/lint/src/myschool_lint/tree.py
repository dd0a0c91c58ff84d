"""Rules about the checkout as a whole."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from myschool_lint.source import Finding

KIT_LINES = 2000
_INDEX = re.compile(r"--(extra-)?index-url|\"resolved\": *\"http|^registry *= *\"?http", re.MULTILINE)


def kit_size(root: Path) -> Iterator[Finding]:
    """The kit holds what two services need, and no more than 2,000 lines of it."""
    folder = root / "libs/kit/src/myschool_kit"
    lines = sum(path.read_text("utf-8").count("\n") for path in folder.glob("*.py"))
    if lines > KIT_LINES:
        yield Finding("libs/kit", 1, "kit-size", f"{lines} lines; move out what only one service needs (at most {KIT_LINES})")


def no_index_addresses(root: Path) -> Iterator[Finding]:
    """Lock files name packages and hashes, never the place they came from."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, check=True, capture_output=True, text=True)
    for path in listed.stdout.splitlines():
        if path.endswith((".txt", ".json", ".toml", ".npmrc", ".yaml")) and (root / path).is_file():
            found = _INDEX.search((root / path).read_text("utf-8", errors="replace"))
            if found and not path.startswith("tools/lint/"):
                yield Finding(path, 1, "index-address", f"take out {found.group(0)!r}")


def check(root: Path) -> Iterator[Finding]:
    """All findings about the tree."""
    yield from kit_size(root)
    yield from no_index_addresses(root)
