"""Prometheus' own checker for the alert tests: the system's, else taken out of Debian's package, which is unpacked and not installed."""

import os
import shutil
import subprocess
from pathlib import Path

from myschool_stack.errors import StackError
from myschool_stack.layout import cache

VARIABLE = "MYSCHOOL_PROMTOOL"
_PACKAGE = "prometheus"


def found() -> str:
    """Path of a promtool that starts, or an empty string."""
    candidates = (os.environ.get(VARIABLE, ""), shutil.which("promtool") or "", str(_kept()))
    return next((path for path in candidates if path and works(path)), "")


def ensure() -> str:
    """Path of a promtool that starts, fetched now if need be; empty where neither the system nor apt has one."""
    path = found() or (_by_apt() and found())
    if not path and os.environ.get("CI"):
        raise StackError("There is no promtool for the alert tests, and none could be fetched.", f"Name one in {VARIABLE}.")
    return path or ""


def works(path: str) -> bool:
    """Whether it starts."""
    try:
        return subprocess.run([path, "--version"], check=False, capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _kept() -> Path:
    return cache() / "promtool" / "usr" / "bin" / "promtool"


def _by_apt() -> bool:
    """Installing the package would start a server; its files alone are enough."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return False
    folder = cache() / "promtool"
    folder.mkdir(parents=True, exist_ok=True)
    if not _download(folder) and os.geteuid() == 0:
        subprocess.run(["apt-get", "-qq", "update"], check=False, capture_output=True)
        _download(folder)
    for package in folder.glob(f"{_PACKAGE}_*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(folder)], check=False, capture_output=True)
        package.unlink()
    return _kept().exists()


def _download(folder: Path) -> bool:
    # As root apt would hand over to a user who may not write here.
    command = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", _PACKAGE]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 0
