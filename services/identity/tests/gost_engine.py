"""The OpenSSL engine `gost` for tests: as installed, or unpacked from its Debian package into a folder, without touching the system."""

import functools
import os
import shutil
import subprocess
from pathlib import Path

PACKAGE = "libengine-gost-openssl"
_SECONDS = 90


@functools.lru_cache(maxsize=1)
def missing() -> str:
    """Empty when the engine works (OPENSSL_ENGINES is set where it was unpacked), else why it could not be had."""
    if shutil.which("openssl") is None:
        return "there is no openssl"
    if _works():
        return ""
    folder = Path.home() / ".cache" / "myschool-tests" / PACKAGE
    try:
        _unpack(folder)
    except (OSError, subprocess.SubprocessError) as error:
        return f"{PACKAGE} could not be fetched ({type(error).__name__})"
    found = next(folder.rglob("gost.so"), None)
    if found is None:
        return f"{PACKAGE} holds no engine"
    os.environ["OPENSSL_ENGINES"] = str(found.parent)
    return "" if _works() else f"the engine of {PACKAGE} does not fit this openssl"


def _works() -> bool:
    done = subprocess.run(["openssl", "engine", "-t", "gost"], capture_output=True, check=False, timeout=_SECONDS)
    return done.returncode == 0 and b"[ available ]" in done.stdout


def _unpack(folder: Path) -> None:
    if any(folder.glob("usr/**/gost.so")):
        return
    folder.mkdir(parents=True, exist_ok=True)
    fetch = ["apt-get", "download", PACKAGE]
    if subprocess.run(fetch, cwd=folder, capture_output=True, check=False, timeout=_SECONDS).returncode:
        # A fresh image knows no packages yet.
        subprocess.run(["apt-get", "update"], capture_output=True, check=False, timeout=_SECONDS)
        subprocess.run(fetch, cwd=folder, capture_output=True, check=True, timeout=_SECONDS)
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg", "-x", str(package), str(folder)], capture_output=True, check=True, timeout=_SECONDS)
