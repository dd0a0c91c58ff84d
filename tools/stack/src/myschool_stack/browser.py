"""A Chromium for the browser tests: the system's, else Debian's package when root, else Playwright's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from myschool_stack.errors import StackError
from myschool_stack.layout import checkout

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_APT = (["apt-get", "-qq", "update"], ["apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium"])
_OWN_PATH = "from playwright.sync_api import sync_playwright as p\nwith p() as found: print(found.chromium.executable_path)"
VARIABLE = "MYSCHOOL_CHROMIUM"


def system() -> str:
    """Path of an installed browser that starts, or an empty string."""
    if given := os.environ.get(VARIABLE, ""):
        if not works(given):
            raise StackError(f"{VARIABLE}={given} is not a Chromium that starts.", "Name another one, or unset it.")
        return given
    return next((path for name in _NAMES if (path := shutil.which(name)) and works(path)), "")


def ensure() -> str:
    """Path of a Chromium that starts, installed now if need be."""
    if found := system() or _by_apt() or _by_playwright():
        return found
    cure = f"Install Chromium by your system's packages, or name one in {VARIABLE}."
    raise StackError("There is no Chromium for the browser tests, and none could be installed.", cure)


def works(path: str) -> bool:
    """Whether it starts: Ubuntu's package is an empty shell without snap, and Playwright's may lack libraries of the system."""
    try:
        return subprocess.run([path, "--version"], check=False, capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _by_apt() -> str:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return ""
    for words in _APT:
        subprocess.run(words, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, check=False, stdout=subprocess.DEVNULL)
    return system()


def _by_playwright() -> str:
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    found = subprocess.run([sys.executable, "-c", _OWN_PATH], check=False, capture_output=True, text=True)
    path = found.stdout.strip()
    return path if found.returncode == 0 and works(path) else ""


def folder() -> Path:
    """Where screenshots and traces of failed journeys are kept."""
    return checkout() / ".local" / "journeys"
