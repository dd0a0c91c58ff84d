"""Where things lie: the checkout, the manifests, the cache outside it."""

import sys
from pathlib import Path

from myschool_stack.layout import cache as person_cache
from myschool_stack.layout import checkout

SERVICES = ("identity", "roles", "journal", "library", "messaging", "analytics")
ROOT = checkout()
MANIFESTS = ROOT / "deploy" / "k8s"
# The version that the API server of the tests is built from and the manifests are checked against.
KUBERNETES = "1.36"


def overlays() -> list[Path]:
    """Every overlay; what is checked or applied is always one of them."""
    return sorted(path.parent for path in (MANIFESTS / "overlays").glob("*/kustomization.yaml"))


def cache() -> Path:
    """Schemas and built programs, shared by all checkouts of this person."""
    return person_cache() / "k8s"


def program(name: str) -> str:
    """A program of the virtual environment."""
    return str(Path(sys.executable).with_name(name))
