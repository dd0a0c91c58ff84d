"""Figures of the slow proofs: each run leaves a fragment in .local, `python tests/load/figures.py` puts them into docs/failure-modes.md."""

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "failure-modes.md"
NAMES = ("failures", "crowd", "rollout", "restore")


def leave(name: str, text: str) -> None:
    """Leaves what a run measured, with the day and how busy the machine was."""
    busy = f"{os.getloadavg()[0] / (os.cpu_count() or 1):.0f} times its cores busy in the end"
    stamp = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, machine {busy}."
    folder = ROOT / ".local"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.md").write_text(f"{text.strip()}\n\n{stamp}\n")


def placed(page: str, name: str, fragment: str) -> str:
    """The page with the fragment between the marks of its name. Raises ValueError when the page has no such marks."""
    begins, ends = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, begun, rest = page.partition(begins)
    _old, ended, after = rest.partition(ends)
    if not begun or not ended:
        message = f"{PAGE.name} has no {begins} … {ends}"
        raise ValueError(message)
    return f"{before}{begins}\n{fragment.strip()}\n{ends}{after}"


if __name__ == "__main__":
    text = PAGE.read_text()
    for found in NAMES:
        fragment = ROOT / ".local" / f"{found}.md"
        if fragment.exists():
            text = placed(text, found, fragment.read_text())
        else:
            print(f"no run of {found} yet", file=sys.stderr)
    PAGE.write_text(text)
