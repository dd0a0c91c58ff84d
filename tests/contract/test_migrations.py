"""A migration that a database may have run is never edited: the databases that ran the old text would stay different for good.

That is how `person.search` of older databases stayed with upper-case letters and Ctrl K found nobody. All but the newest
migration of each service are sealed here; `python tests/contract/test_migrations.py` seals those that are not yet. The way down
is not sealed: no database has it in it, and `test_migration_ways.py` walks it.
"""

import ast
import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SEALS = Path(__file__).with_name("migrations.sha256")


def digest(path: Path) -> str:
    """Of the text without `downgrade` and what only that uses (names that begin with _BACK)."""
    text = path.read_text("utf-8")
    lines = text.splitlines()
    for node in ast.parse(text).body:
        names = (
            [node.name]
            if isinstance(node, ast.FunctionDef)
            else [name.id for name in getattr(node, "targets", []) if isinstance(name, ast.Name)]
        )
        if any(name == "downgrade" or name.startswith("_BACK") for name in names):
            lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return hashlib.sha256("\n".join(line for line in lines if line.strip()).encode()).hexdigest()


def older() -> dict[str, str]:
    """Digest of each migration that is not the newest of its service."""
    found = {}
    for folder in sorted(ROOT.glob("services/*/src/*/migrations/versions")):
        for path in sorted(folder.glob("*.py"))[:-1]:
            found[str(path.relative_to(ROOT))] = digest(path)
    return found


def sealed() -> dict[str, str]:
    lines = (line.split("  ", 1) for line in SEALS.read_text("utf-8").splitlines())
    return {path: digest for digest, path in lines}


def test_migration_when_sealed_then_never_edited_or_removed() -> None:
    present = {path: digest(ROOT / path) for path in sealed() if (ROOT / path).exists()}
    assert present == sealed(), "write a new migration instead"


def test_migration_when_followed_by_another_then_sealed() -> None:
    assert set(older()) <= set(sealed()), "run this file to seal it"


if __name__ == "__main__":
    new = {path: digest for path, digest in older().items() if path not in sealed()}
    lines = sorted(f"{digest}  {path}" for path, digest in {**sealed(), **new}.items())
    SEALS.write_text("".join(f"{line}\n" for line in sorted(lines, key=lambda line: line[66:])), "utf-8")
    sys.exit(0)
