"""Roles are versioned: of many who act on the same state one wins, the others are told the present one."""

import asyncio

import pytest

from myschool.roles.v1 import roles_pb2 as pb
from myschool_kit.errors import Kind, RemoteError, kind_of


def requests(role_id: str) -> dict[str, tuple[str, object]]:
    return {
        "ChangeRoleStatusRequest": (
            "ChangeRoleStatus",
            pb.ChangeRoleStatusRequest(role_id=role_id, status=pb.ROLE_STATUS_SUSPENDED, expected_version=1),
        ),
        "DeleteRoleRequest": ("DeleteRole", pb.DeleteRoleRequest(role_id=role_id, expected_version=2)),
    }


@pytest.mark.parametrize("request_name", ["ChangeRoleStatusRequest", "DeleteRoleRequest"])
async def test_version_when_all_act_at_once_then_one_wins_and_the_others_hear_of_it(world, build, request_name: str):
    school, person = await world.school(), build.uuid()
    role = await world.grant(person, "TEACHER", school)
    await world.grant(person, "GUARDIAN", school)
    if request_name == "DeleteRoleRequest":
        await world.change(role.role_id, "TERMINATED", 1)
    name, request = requests(role.role_id)[request_name]
    outcomes = await asyncio.gather(*(world.call(name, request) for _ in range(20)), return_exceptions=True)
    lost = [item for item in outcomes if isinstance(item, RemoteError)]
    assert (len(outcomes) - len(lost), len(lost)) == (1, 19)
    if request_name == "ChangeRoleStatusRequest":
        assert {(error.reason, error.params["current_status"], error.params["current_version"]) for error in lost} == {
            ("ROLE_CHANGED", "SUSPENDED", "2")
        }
    else:
        assert {kind_of(error) for error in lost} == {Kind.NOT_FOUND}
    facts = await world.harness.database.reads.fetchval("SELECT count(*) FROM role_change WHERE role_id = $1::uuid", role.role_id)
    assert facts == (2 if request_name == "ChangeRoleStatusRequest" else 3)


async def test_version_when_stale_then_told_and_nothing_changes(world, build):
    school, person = await world.school(), build.uuid()
    role = await world.grant(person, "TEACHER", school)
    await world.grant(person, "GUARDIAN", school)
    await world.change(role.role_id, "TERMINATED", 1)
    for version in (0, 1, 3, 2_147_483_647):
        with pytest.raises(RemoteError) as refused:
            await world.call("DeleteRole", pb.DeleteRoleRequest(role_id=role.role_id, expected_version=version))
        assert (refused.value.reason, refused.value.params["current_version"]) == ("ROLE_CHANGED", "2")
