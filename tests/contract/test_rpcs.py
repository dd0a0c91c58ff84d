"""Each RPC has a permission; who may call what is written down; generated code is fresh."""

import shutil
import subprocess
import sys
from pathlib import Path

import contracts
import pytest
from google.protobuf.descriptor_pb2 import MethodOptions
from permissions import MATRIX, matrix

from myschool_kit.interceptors import describe

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize("method", contracts.methods(), ids=contracts.full_name)
def test_method_when_declared_then_it_has_a_permission(method) -> None:
    described = describe(contracts.full_name(method))
    noun, _, verb = described.permission.partition(".")
    assert noun and verb


@pytest.mark.parametrize("method", contracts.methods(), ids=contracts.full_name)
def test_method_when_named_as_a_read_then_it_is_declared_as_one(method) -> None:
    reads = method.name.startswith(("Get", "List", "Search", "Check", "Export", "WhoAmI", "Enter"))
    assert (method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS) == reads


def test_matrix_when_options_change_then_the_page_follows() -> None:
    assert MATRIX.read_text("utf-8") == matrix(), "run `make gen`"


def test_proto_when_linted_then_clean() -> None:
    subprocess.run([BIN / "buf", "lint"], cwd=ROOT, check=True)
    subprocess.run([BIN / "buf", "format", "--diff", "--exit-code"], cwd=ROOT, check=True)


def test_generated_code_when_made_again_then_the_same(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(ROOT / "proto", copy / "proto")
    shutil.copytree(ROOT / "tools", copy / "tools", ignore=shutil.ignore_patterns("node_modules"))
    (copy / ".venv").symlink_to(BIN.parent)
    subprocess.run([copy / "tools" / "gen.sh"], check=True)
    generated = sorted(path.relative_to(copy) for path in (copy / "proto/gen").rglob("*_pb2*.py*") if "__pycache__" not in path.parts)
    committed = sorted(path.relative_to(ROOT) for path in (ROOT / "proto/gen").rglob("*_pb2*.py*") if "__pycache__" not in path.parts)
    assert generated == committed
    stale = [str(path) for path in generated if (copy / path).read_bytes() != (ROOT / path).read_bytes()]
    assert stale == [], "run `make gen`"
