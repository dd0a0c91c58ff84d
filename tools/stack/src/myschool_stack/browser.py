"""A Chromium for the browser tests: the system's, else Debian's package when root, else Playwright's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from myschool_stack.errors import StackError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VARIABLE = "MYSCHOOL_CHROMIUM"


def system() -> str:
    """Path of an installed browser, or an empty string."""
    given = os.environ.get(VARIABLE, "")
    return given or next((path for name in _NAMES if (path := shutil.which(name))), "")


def ensure() -> str:
    """Path of a Chromium, installed now if need be; an empty string means Playwright's own."""
    if found := system():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["apt-get", "-qq", "update"], ["apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(words, env=quiet, check=False, stdout=subprocess.DEVNULL)
        if found := system():
            return found
    if subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False).returncode == 0:
        return ""
    cure = f"Install Chromium by your system's packages, or name one in {VARIABLE}."
    raise StackError("There is no Chromium for the browser tests, and none could be installed.", cure)


def folder() -> Path:
    """Where screenshots and traces of failed journeys are kept."""
    return Path("test-results")
