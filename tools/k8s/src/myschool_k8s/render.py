"""Overlays as the objects that kubectl would send."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from myschool_k8s.layout import program

Object = dict[str, Any]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class RenderError(Exception):
    """Kustomize refused; the message is its own."""


def text(folder: Path) -> str:
    """The YAML of `kubectl kustomize FOLDER`."""
    done = subprocess.run([program("kubectl"), "kustomize", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RenderError(f"{folder.name}: {done.stderr.strip()}")
    return done.stdout


def load(source: str) -> list[Object]:
    """The documents of a YAML text."""
    return [item for item in yaml.load_all(source, Loader=_LOADER) if item]


@cache
def objects(folder: Path) -> list[Object]:
    """The objects of an overlay, read once: whoever changes them copies them first."""
    return load(text(folder))


def of_kind(found: list[Object], *kinds: str) -> list[Object]:
    """The objects of these kinds."""
    return [item for item in found if item["kind"] in kinds]


def said(item: Object) -> str:
    """How an object is named in messages."""
    return f"{item['kind']} {item['metadata']['name']}"


def pod_template(item: Object) -> Object | None:
    """The pod template of a workload, wherever its kind keeps it."""
    spec = item.get("spec", {})
    if item["kind"] in {"Deployment", "StatefulSet", "Job"}:
        template: Object = spec["template"]
        return template
    if item["kind"] == "CronJob":
        nested: Object = spec["jobTemplate"]["spec"]["template"]
        return nested
    return None


def selects(selector: Object, labels: dict[str, str]) -> bool:
    """Whether a label selector, empty or with matchLabels, takes in an object with these labels."""
    wanted: dict[str, str] = selector.get("matchLabels", {})
    return all(labels.get(name) == value for name, value in wanted.items())
