"""`python -m myschool_lint`: prints what falls short of the house rules; exit code 1 when anything does."""

import sys
from pathlib import Path

from myschool_lint import rules, source, tree


def main() -> int:
    """Checks the checkout in the working directory."""
    root = Path.cwd()
    findings = [finding for file in source.sources(root) for finding in rules.check(file)] + list(tree.check(root))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
