"""Makes the virtual environment and hands over to myschool_stack. Standard library only: run by the system's Python 3.11 or newer."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".myschool-stamp"
REQUIREMENTS = ROOT / "requirements" / "dev.txt"
BOOTSTRAP = ROOT / "requirements" / "bootstrap.txt"
LOCK = ROOT / ".local" / "setup.lock"
OLDEST = (3, 11)
AT_ANY_TIME = {"down", "status", "logs", "env"}  # these must work without a network, even after the lock file changed
NEEDED_BYTES = 2_500_000_000


class SetupError(Exception):
    """One sentence for the person at the terminal."""


def members() -> "list[Path]":
    """Folders of the workspace's installable members."""
    found = [path.parent for pattern in ("libs/*", "services/*", "tools/*") for path in ROOT.glob(f"{pattern}/pyproject.toml")]
    return sorted([ROOT / "proto", ROOT / "gateway", *found])


def fingerprint() -> str:
    """Changes when anything that decides about the environment changes."""
    total = hashlib.sha256(repr((sys.version_info[:3], sys.base_prefix)).encode())
    for path in [BOOTSTRAP, REQUIREMENTS, *(member / "pyproject.toml" for member in members())]:
        total.update(path.read_bytes())
    return total.hexdigest()


def run(words: "list[str]", what: str) -> None:
    """Runs a command quietly; on failure shows the end of what it printed and a sentence."""
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV), "PIP_DISABLE_PIP_VERSION_CHECK": "1", "UV_HTTP_TIMEOUT": "180"}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise SetupError(f"{tail}\n\n{what} failed: {diagnosis(tail)}")


def diagnosis(text: str) -> str:
    """The likely cause, by the words pip and uv use."""
    lowered = text.lower()
    if "no space left" in lowered:
        return "the disk is full. Free some space, then start again."
    if "hash mismatch" in lowered or "do not match the hashes" in lowered:
        return "a downloaded package does not have the pinned hash. Start again; if it stays, tell the maintainers."
    if any(word in lowered for word in ("connect", "resolve host", "dns", "timed out", "network", "failed to fetch", "sending request")):
        return "no network, or the package registry is not reached. Check the connection, then start again."
    if "permission denied" in lowered:
        return "it belongs to another user (was it made as root?). Give it back, then start again."
    return "see the lines above, then start again."


def check() -> None:
    """What must be there before anything is installed."""
    if sys.version_info < OLDEST:
        version = ".".join(map(str, sys.version_info[:2]))
        raise SetupError(f"Python 3.11 or newer is needed, this is {version}. Install one and say `make PYTHON=python3.12 …`.")
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES and not STAMP.exists():
        raise SetupError(
            f"The disk has {free / 1e9:.1f} GB free, {NEEDED_BYTES / 1e9:.1f} GB are needed. Free some space, then start again."
        )


def works(statement: str) -> bool:
    """Whether the environment's interpreter runs a statement."""
    return PYTHON.exists() and subprocess.run([str(PYTHON), "-c", statement], check=False, capture_output=True).returncode == 0


def make_venv() -> None:
    """A virtual environment whose interpreter works; a broken one is made anew."""
    if works("import venv"):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    done = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False, capture_output=True, text=True)
    if done.returncode:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        shutil.rmtree(VENV, ignore_errors=True)
        cause = diagnosis(done.stdout + done.stderr) if "space" in done.stderr else f"install the package python{version}-venv."
        raise SetupError(f"The virtual environment could not be made: {cause}")


def install() -> None:
    """Pip brings uv, uv brings everything else, all by pinned hashes; the members are linked, not copied."""
    if not works("import pip"):
        run([str(PYTHON), "-m", "ensurepip"], "Installing pip")  # uv keeps only what the lock names
    say("installs uv")
    run([str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(BOOTSTRAP)], "Installing uv")
    uv = str(VENV / "bin" / "uv")
    say("installs the packages of requirements/dev.txt")
    run(
        [uv, "pip", "sync", "--quiet", "--python", str(PYTHON), "--require-hashes", str(REQUIREMENTS), str(BOOTSTRAP)],
        "Installing the packages",
    )
    say("links the members of the workspace")
    links = [word for member in members() for word in ("-e", str(member))]
    command = [uv, "pip", "install", "--quiet", "--python", str(PYTHON), "--no-deps", "--no-build-isolation", *links]
    run(command, "Linking the members")


BEGAN = time.monotonic()


def say(text: str) -> None:
    """Progress with the seconds passed."""
    sys.stderr.write(f"[{time.monotonic() - BEGAN:5.1f} s] {text} …\n")


def bring_up_to_date(command: str) -> None:
    """Makes or mends the environment if anything changed; another terminal that does the same is waited for."""
    usable = STAMP.exists() and works("import myschool_stack")
    if usable and command in AT_ANY_TIME:
        return
    wanted = fingerprint()
    if usable and STAMP.read_text() == wanted:
        return
    STAMP.unlink(missing_ok=True)
    make_venv()
    try:
        install()
    except FileNotFoundError:
        shutil.rmtree(VENV)  # an earlier set-up was cut in the middle of a package
        make_venv()
        install()
    STAMP.write_text(wanted)


def set_up(command: str) -> int:
    """Brings the environment up to date; answers the exit code."""
    try:
        check()
        LOCK.parent.mkdir(exist_ok=True)
        with LOCK.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            bring_up_to_date(command)
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except FileNotFoundError as error:
        sys.stderr.write(f"The checkout is not whole: {error.filename} is missing. Clone it again.\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.strerror}: {error.filename or ROOT}. {diagnosis(error.strerror or '')}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; the next start goes on from here.\n")
        return 130
    return 0


def main() -> None:
    """Sets up, then becomes the launcher, so that signals reach it."""
    code = set_up(sys.argv[1] if len(sys.argv) > 1 else "")
    if code:
        sys.exit(code)
    os.execv(str(PYTHON), [str(PYTHON), "-m", "myschool_stack", *sys.argv[1:]])  # noqa: S606


if __name__ == "__main__":
    main()
