"""The base of all images: one a person names, else a Debian with Python made here by debootstrap."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from myschool_images.engine import Engine, Note, finished
from myschool_stack.errors import StackError
from myschool_stack.layout import cache

_SUITE = "trixie"
_PACKAGES = ("python3", "ca-certificates", "tzdata")
_LEFTOVERS = ("var/cache/apt", "var/lib/apt/lists", "var/log", "usr/share/man", "usr/share/locale")
_NEEDED_BYTES = 4_000_000_000


def ensure(engine: Engine, given: str, note: Note) -> str:
    """Name of the base image: the given one, fetched if need be, or ours."""
    free = shutil.disk_usage(_space()).free
    if free < _NEEDED_BYTES:
        raise StackError(
            f"The disk has {free / 1e9:.1f} GB free, {_NEEDED_BYTES / 1e9:.0f} GB are needed.", "Free some space, then start again."
        )
    if given:
        if not engine.has(given):
            note(f"pulls {given}")
            engine.run("pull", "-q", given)
        return given
    recipe = hashlib.sha256(repr((_SUITE, _PACKAGES, _LEFTOVERS)).encode()).hexdigest()[:10]
    name = f"myschool/base:{_SUITE}-{recipe}"
    if not engine.has(name):
        _make(engine, name, note)
    return name


def _space() -> Path:
    return cache() if cache().exists() else cache().parent if cache().parent.exists() else Path.home()


def _make(engine: Engine, name: str, note: Note) -> None:
    program = shutil.which("debootstrap")
    if os.geteuid() != 0 or program is None:
        cure = "Name a base, e.g. `make images BASE=python:3.13-slim-trixie`, or install debootstrap and start as root."
        raise StackError("A base image of our own needs debootstrap and root.", cure)
    note(f"makes a Debian {_SUITE} by debootstrap, about a minute")
    place = cache() / "images"
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="base-", dir=place) as folder:
        tree = Path(folder) / "tree"
        finished([program, "--variant=minbase", f"--include={','.join(_PACKAGES)}", _SUITE, str(tree)], "debootstrap")
        for file in (path for leftover in _LEFTOVERS for path in (tree / leftover).rglob("*")):
            if not file.is_dir():
                file.unlink()  # folders stay: apt, which a builder uses, does not make them
        for host_file in ("etc/resolv.conf", "etc/hostname"):
            (tree / host_file).unlink(missing_ok=True)
        note("imports it")
        _import(engine, tree, name)


def _import(engine: Engine, tree: Path, name: str) -> None:
    with subprocess.Popen(["tar", "-C", str(tree), "--numeric-owner", "-c", "."], stdout=subprocess.PIPE) as packing:
        assert packing.stdout is not None  # noqa: S101 - asked for a pipe
        engine.run("import", "-", name, stdin=packing.stdout.fileno())
    if packing.returncode:
        raise StackError("Packing the base failed.", "Is the disk full? Free some space, then start again.")
