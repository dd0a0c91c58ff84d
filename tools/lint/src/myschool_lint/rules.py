"""The rules. Each takes a source file and yields findings; DESIGN.md and docs/adr say why they are rules."""

import ast
import re
from collections.abc import Callable, Iterator

from myschool_lint.source import Finding, Source

MOST_LINES = 400
_LAYERS = ("rules", "service", "repository", "model")
_FORBIDDEN_BELOW = ("grpc", "fastapi", "aiokafka", "starlette", "myschool.")
_DRAWN_ANEW = {"uuid4", "uuid7", "token_hex", "token_urlsafe", "urandom", "now", "today", "random", "randint"}
_COMPOSE_ONLY = ("create_async_engine", "create_pool", "AIOKafkaProducer", "AIOKafkaConsumer", "FastAPI")

Rule = Callable[[Source], Iterator[Finding]]


def file_size(source: Source) -> Iterator[Finding]:
    """Files stay readable: at most 400 lines."""
    lines = source.text.count("\n")
    if lines > MOST_LINES:
        yield source.finding(MOST_LINES, "file-size", f"{lines} lines; split it along its own seam (at most {MOST_LINES})")


def todo_has_issue(source: Source) -> Iterator[Finding]:
    """A note to do something later names its issue."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if re.search(r"(#|//|/\*)[^\"']*\b(TODO|FIXME)\b(?!.*#\d+)", line):
            yield source.finding(number, "todo-issue", "name the issue or do it now")


def no_commit_outside_kit(source: Source) -> Iterator[Finding]:
    """One transaction per request, committed at the edge (DESIGN §2)."""
    if not source.path.startswith("services/") or "/tests/" in source.path:
        return
    for node in _calls(source):
        if isinstance(node.func, ast.Attribute) and node.func.attr in {"commit", "rollback"}:
            yield source.finding(node, "no-commit", "the edge commits; raise to roll back")


def sql_only_in_repository(source: Source) -> Iterator[Finding]:
    """Every query of a slice stands in its repository."""
    if not _in_service_package(source) or source.path.endswith(("repository.py", "/testing.py")) or "/migrations/" in source.path:
        return
    for node in ast.walk(source.tree):
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if re.match(r"\s*(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|WITH\s+\w+\s+AS\s*\()", text, re.DOTALL):
            yield source.finding(node, "sql-in-repository", "move the statement into repository.py of the slice")


def layers(source: Source) -> Iterator[Finding]:
    """rules, model, repository and service know nothing of transport, broker and generated code (DESIGN §2)."""
    name = source.path.rsplit("/", 1)[-1].removesuffix(".py")
    if not _in_service_package(source) or name not in _LAYERS:
        return
    for node, module in _imports(source):
        if module.startswith(_FORBIDDEN_BELOW) or module in _FORBIDDEN_BELOW:
            yield source.finding(node, "layers", f"{name}.py must not import {module}")
        if name == "rules" and not _pure(module):
            yield source.finding(node, "layers", f"rules.py is pure; it must not import {module}")
        for higher in _higher_than(name):
            if module.startswith("myschool_") and module.endswith(f".{higher}"):
                yield source.finding(node, "layers", f"imports run downwards: {name}.py must not import {higher}.py")


def repositories_stay_home(source: Source) -> Iterator[Finding]:
    """A slice uses another slice through its service, never through its repository."""
    if not _in_service_package(source) or source.path.endswith(("app.py", "testing.py")):
        return
    home = source.path.rsplit("/", 1)[0].split("/src/")[-1].replace("/", ".")
    for node, module in _imports(source):
        if module.endswith(".repository") and not module.startswith(home):
            yield source.finding(node, "foreign-repository", f"{module} belongs to another slice; call its service")


def nothing_built_at_import(source: Source) -> Iterator[Finding]:
    """Engines, pools and settings are built in the composition root, never at import."""
    if not source.is_product:
        return
    for statement in source.tree.body:
        value = getattr(statement, "value", None)
        if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(value, ast.Call):
            called = _name(value.func)
            if called in _COMPOSE_ONLY or called.endswith("Settings"):
                yield source.finding(statement, "built-at-import", f"{called}() belongs into a function of app.py")


def no_cascade(source: Source) -> Iterator[Finding]:
    """Facts never hang by cascade on rows that can be imported again (DESIGN §4)."""
    if source.path.startswith("services/") and "/tests/" not in source.path:
        for number, line in enumerate(source.text.splitlines(), 1):
            if re.search(r"ON\s+DELETE\s+CASCADE|ondelete\s*=\s*[\"']CASCADE", line, re.IGNORECASE):
                yield source.finding(number, "no-cascade", "delete what hangs on it in so many words")


def environment_only_in_settings(source: Source) -> Iterator[Finding]:
    """The environment is read in one place per process."""
    if not source.is_product or source.path.endswith(("settings.py", "testing.py")):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and _name(node.value) == "os":
            yield source.finding(node, "environment", "add a field to settings.py")


def cases_have_steady_names(source: Source) -> Iterator[Finding]:
    """Test workers must collect the same names: nothing drawn anew per process stands in a list of cases."""
    if "/tests/" not in source.path and not source.path.startswith("tests/"):
        return
    drawn = {
        _name(target)
        for statement in source.tree.body
        if isinstance(statement, ast.Assign) and _draws(statement.value)
        for target in statement.targets
    }
    for call in _calls(source):
        if _name(call.func) == "parametrize" and any(
            _draws(part) or any(isinstance(node, ast.Name) and node.id in drawn for node in ast.walk(part)) for part in call.args
        ):
            yield source.finding(call, "steady-names", "write the value out, or draw it inside the test")


def _draws(part: ast.AST) -> bool:
    return any(isinstance(node, ast.Call) and _name(node.func) in _DRAWN_ANEW for node in ast.walk(part))


def _in_service_package(source: Source) -> bool:
    return source.path.startswith("services/") and "/src/" in source.path


def _calls(source: Source) -> Iterator[ast.Call]:
    return (node for node in ast.walk(source.tree) if isinstance(node, ast.Call))


def _imports(source: Source) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names if node.module.startswith("myschool_"))


def _higher_than(name: str) -> tuple[str, ...]:
    order = ("model", "repository", "service", "servicer", "consumers", "app")
    return order[order.index(name) + 1 :] if name in order else order


def _pure(module: str) -> bool:
    root = module.split(".", maxsplit=1)[0]
    if root.startswith("myschool_"):
        return (
            module.startswith(("myschool_kit.errors", "myschool_kit.clock", "myschool_kit.ids", "myschool_kit.principal"))
            or ".rules" in module
            or ".errors" in module
        )
    return root not in {"sqlalchemy", "asyncpg", "redis", "httpx", "orjson", "structlog"}


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


PYTHON_RULES: tuple[Rule, ...] = (
    no_commit_outside_kit,
    sql_only_in_repository,
    layers,
    repositories_stay_home,
    nothing_built_at_import,
    no_cascade,
    environment_only_in_settings,
    cases_have_steady_names,
)
ALL_FILES_RULES: tuple[Rule, ...] = (file_size, todo_has_issue)


def check(source: Source) -> Iterator[Finding]:
    """All findings of one file."""
    for rule in ALL_FILES_RULES + (PYTHON_RULES if source.path.endswith(".py") else ()):
        yield from rule(source)
