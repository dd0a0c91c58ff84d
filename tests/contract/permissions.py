"""Writes docs/permissions.md from the method options; run by `make gen`."""

from pathlib import Path

import contracts

from myschool.common.v1 import options_pb2

MATRIX = Path(__file__).parents[2] / "docs" / "permissions.md"


def matrix() -> str:
    """The table role × permission of docs/permissions.md."""
    lines = [
        "# Permissions",
        "",
        "Made from the method options by `make gen`; a test holds it fresh. The relation to each object (own class, own child,",
        "own organisation) is decided in the service on top of it.",
        "",
        "| permission | method | roles | calling processes (mutual TLS) |",
        "|---|---|---|---|",
    ]
    for method in sorted(contracts.methods(), key=contracts.full_name):
        access = method.GetOptions().Extensions[options_pb2.access]
        roles = ", ".join(options_pb2.RoleType.Name(role).removeprefix("ROLE_TYPE_") for role in access.roles) or "everyone signed in"
        name = f"{method.containing_service.name}.{method.name}"
        callers = ", ".join(access.callers) or "gateway"
        lines.append(f"| `{access.permission}` | {name} | {roles} | {callers} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    MATRIX.write_text(matrix(), "utf-8")
