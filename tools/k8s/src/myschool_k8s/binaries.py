"""The control plane's programs, built once from published Go modules into the cache: nobody serves them ready-made to a registry."""

import hashlib
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

from myschool_k8s import programs
from myschool_k8s.layout import cache

VERSION = "1.36.3"
KWOK = "v0.8.0"
# Component → the function of its package that makes its command.
COMPONENTS = {
    "kube-apiserver": "NewAPIServerCommand",
    "kube-controller-manager": "NewControllerManagerCommand",
    "kube-scheduler": "NewSchedulerCommand",
}
_MAIN = """package main

import (
\t"os"

\t"k8s.io/component-base/cli"
\t"k8s.io/kubernetes/cmd/{name}/app"
)

func main() {{
\tos.Exit(cli.Run(app.{command}()))
}}
"""


def built(note: Callable[[str], None]) -> Path:
    """Folder with all programs; the first time on a machine this takes minutes and 4 GB of cache, which `note` hears of."""
    mark = hashlib.sha256(f"{VERSION} {KWOK} {sorted(COMPONENTS)}".encode()).hexdigest()[:12]
    folder = cache() / f"control-plane-{mark}"
    with programs.alone("control-plane"):
        source = cache() / "control-plane-source"
        for name in COMPONENTS:
            if not (folder / name).exists():
                _wrapper(source)
                _timed(note, name, lambda name=name: _build(source, name, folder / name))  # type: ignore[misc]
        if not (folder / "kwok").exists():
            _timed(
                note, "kwok", lambda: programs.go("install", "-trimpath", f"sigs.k8s.io/kwok/cmd/kwok@{KWOK}", extra={"GOBIN": str(folder)})
            )
    return folder


def kwok_stages() -> list[Path]:
    """What kwok does with nodes and pods: ready at once, done when a job's."""
    root = Path(json.loads(programs.go("mod", "download", "-json", f"sigs.k8s.io/kwok@{KWOK}"))["Dir"]) / "kustomize" / "stage"
    wanted = ("node/fast", "node/heartbeat", "pod/fast")
    return [path for place in wanted for path in sorted((root / place).glob("*.yaml")) if path.name != "kustomization.yaml"]


def _timed(note: Callable[[str], None], name: str, work: Callable[[], object]) -> None:
    note(f"builds {name}")
    began = time.monotonic()
    work()
    note(f"built {name} in {time.monotonic() - began:.0f} s")


def _wrapper(source: Path) -> None:
    """A module of ours that takes Kubernetes' go directives over and replaces its staging modules by their published twins."""
    done = source / "ready"
    if done.exists() and done.read_text() == VERSION:
        return
    source.mkdir(parents=True, exist_ok=True)
    (source / "go.mod").unlink(missing_ok=True)
    theirs = Path(json.loads(programs.go("mod", "download", "-json", f"k8s.io/kubernetes@v{VERSION}"))["GoMod"]).read_text()
    directives = re.findall(r"^(?:go|godebug) [^(\n]+$|^godebug \([^)]*\)", theirs, re.MULTILINE)
    staging = re.findall(r"^\s*(k8s\.io/\S+) => \./staging", theirs, re.MULTILINE)
    lines = ["module myschool.local/cluster", *directives, f"require k8s.io/kubernetes v{VERSION}"]
    lines += [f"replace {name} => {name} v0.{VERSION.partition('.')[2]}" for name in staging]
    (source / "go.mod").write_text("\n".join(lines) + "\n")
    for name, command in COMPONENTS.items():
        (source / name).mkdir(exist_ok=True)
        (source / name / "main.go").write_text(_MAIN.format(name=name, command=command))
    programs.go("mod", "tidy", folder=source, extra={"GOFLAGS": "-mod=mod -modcacherw"})
    done.write_text(VERSION)


def _build(source: Path, name: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".new")
    stamp = f"-s -w -X k8s.io/component-base/version.gitVersion=v{VERSION}"
    programs.go("build", "-p", "2", "-trimpath", "-ldflags", stamp, "-o", str(draft), f"./{name}", folder=source)
    draft.rename(target)
