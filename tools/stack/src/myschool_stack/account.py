"""PostgreSQL refuses to run as root: then its processes run as an unprivileged user that can read its files."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from myschool_stack.errors import StackError

_NAME = "nobody"


@dataclass(frozen=True)
class Account:
    """The user a process is started as."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Makes the account the owner of one file or folder."""
        os.chown(path, self.uid, self.gid)

    def can_read(self, path: Path) -> bool:
        """Whether the account reaches the path through all folders above it."""
        test = ["/usr/bin/env", "test", "-r", str(path)]
        done = subprocess.run(test, user=self.uid, group=self.gid, extra_groups=[], cwd="/", check=False, capture_output=True)
        return done.returncode == 0


def unprivileged() -> Account | None:
    """None for an ordinary user; for root the account that runs what refuses root."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(_NAME)
    except KeyError as error:
        cure = "Run it as an ordinary user, or create that user."
        raise StackError(f"PostgreSQL refuses to run as root and there is no user {_NAME} to run it as.", cure) from error
    return Account(entry.pw_uid, entry.pw_gid)


def private_folder(path: Path) -> Path:
    """A folder in a place open to all users, made by root and writable by root alone."""
    path.mkdir(mode=0o755, exist_ok=True)
    facts = path.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
        raise StackError(f"{path} belongs to somebody else.", "Remove it, then start again.")
    return path


def readable_copy(source: Path, neighbours: list[Path], target: Path) -> Path:
    """Copies a folder and its neighbours to where the account can read them; done once for a version of the source."""
    copied = target / source.name
    if not copied.exists():
        draft = target.with_name(f"{target.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        for folder in [source, *neighbours]:
            shutil.copytree(folder, draft / folder.name, symlinks=True)
        draft.rename(target)
    return copied
