"""Each rule catches its planted fault and passes the mended twin."""

import subprocess
from pathlib import Path

import pytest

from myschool_lint import rules, tree
from myschool_lint.source import Source

SERVICE = "services/journal/src/myschool_journal"


def broken(path: str, text: str) -> set[str]:
    return {finding.rule for finding in rules.check(Source(path, text))}


@pytest.mark.parametrize(
    ("rule", "path", "bad", "good"),
    [
        ("file-size", f"{SERVICE}/x.py", "x = 1\n" * 401, "x = 1\n" * 400),
        ("file-size", "web/src/x.tsx", "x\n" * 401, "x\n" * 400),
        ("todo-issue", f"{SERVICE}/x.py", "# TODO later\n", "# TODO #12 later\n"),
        ("no-commit", f"{SERVICE}/gradebook/service.py", "def f(s):\n    s.commit()\n", "def f(s):\n    s.flush()\n"),
        ("sql-in-repository", f"{SERVICE}/gradebook/service.py", 'Q = "SELECT a FROM b"\n', 'Q = "select something"\n'),
        ("sql-in-repository", f"{SERVICE}/consumers.py", 'Q = "INSERT INTO b VALUES (1)"\n', "Q = 1\n"),
        ("layers", f"{SERVICE}/gradebook/service.py", "import grpc\n", "import asyncio\n"),
        ("layers", f"{SERVICE}/gradebook/service.py", "from myschool.journal.v1 import x\n", "from myschool_kit import ids\n"),
        ("layers", f"{SERVICE}/gradebook/rules.py", "import sqlalchemy\n", "import math\n"),
        (
            "layers",
            f"{SERVICE}/gradebook/repository.py",
            "from myschool_journal.gradebook import service\n",
            "from myschool_journal.gradebook import model\n",
        ),
        (
            "foreign-repository",
            f"{SERVICE}/diary/service.py",
            "from myschool_journal.gradebook.repository import X\n",
            "from myschool_journal.diary.repository import X\n",
        ),
        ("built-at-import", f"{SERVICE}/app.py", "e = create_async_engine('x')\n", "def f():\n    return create_async_engine('x')\n"),
        ("no-cascade", f"{SERVICE}/migrations/versions/1.py", "q = 'ON DELETE CASCADE'\n", "q = 'ON DELETE RESTRICT'\n"),
        ("environment", f"{SERVICE}/app.py", "import os\nx = os.environ['A']\n", "import os\nx = os.getpid()\n"),
        (
            "steady-names",
            "gateway/tests/test_x.py",
            "ID = str(uuid4())\n@parametrize('path', [f'/{ID}'])\ndef test(path):\n    pass\n",
            "ID = '1'\n@parametrize('path', [f'/{ID}'])\ndef test(path):\n    str(uuid4())\n",
        ),
        ("steady-names", "tests/x.py", "@parametrize('a', [uuid4()])\ndef test(a):\n    pass\n", "def test():\n    uuid4()\n"),
    ],
)
def test_rule_when_planted_then_found_and_when_mended_then_silent(rule: str, path: str, bad: str, good: str) -> None:
    assert rule in broken(path, bad)
    assert rule not in broken(path, good)


def test_tree_when_a_lock_names_an_index_then_found(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "libs/kit/src/myschool_kit").mkdir(parents=True)
    lock = tmp_path / "dev.txt"
    lock.write_text("a==1\n")
    assert list(tree.check(tmp_path)) == []
    lock.write_text("--" + "index-url somewhere\na==1\n")
    assert [finding.rule for finding in tree.check(tmp_path)] == ["index-address"]
    (tmp_path / "libs/kit/src/myschool_kit/big.py").write_text("x = 1\n" * 2001)
    assert {finding.rule for finding in tree.check(tmp_path)} == {"index-address", "kit-size"}
