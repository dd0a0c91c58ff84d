"""A source file as the rules see it."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

GENERATED = ("proto/gen/", "web/src/api/schema.d.ts")


@dataclass(frozen=True)
class Finding:
    """One broken rule: where and what to do."""

    path: str
    line: int
    rule: str
    advice: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.advice}"


@dataclass
class Source:
    """One file of the checkout; `path` is relative to its root, with slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree; only for Python files."""
        return ast.parse(self.text, self.path)

    @property
    def is_product(self) -> bool:
        """Whether the file runs in a region (not a tool, not a test)."""
        return self.path.startswith(("libs/cluster/", "libs/kit/", "libs/privacy/", "services/", "gateway/")) and "/tests/" not in self.path

    def finding(self, node: ast.AST | int, rule: str, advice: str) -> Finding:
        """A finding at a node or a line."""
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return Finding(self.path, line, rule, advice)


def sources(root: Path) -> Iterator[Source]:
    """Python and TypeScript files that git tracks or would track, generated ones left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", "*.py", "*.ts", "*.tsx"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    for path in sorted(set(listed.stdout.splitlines())):
        if not path.startswith(GENERATED) and (root / path).is_file():
            yield Source(path, (root / path).read_text("utf-8"))
