"""Consents of guardians for the small children who sign in themselves; all other families are asked at their first sign-in."""

from myschool.identity.v1 import consent_pb2
from myschool.roles.v1 import roles_pb2
from myschool_kit.principal import Principal
from myschool_seed.api import Platform, eventually
from myschool_seed.load import LoadedSchool
from myschool_seed.region import REGION

# Pupils under 14 with an account of their own, by class.
_SMALL = {"7А": "Белов Тимур", "6А": "Волков Роман"}


async def give(platform: Platform, loaded: LoadedSchool) -> int:
    """Each child's first guardian consents to every purpose; answers how many consents were given."""
    return sum([await _for(platform, loaded, group, name) for group, name in _SMALL.items() if group in loaded.groups])


async def _for(platform: Platform, loaded: LoadedSchool, group: str, name: str) -> int:
    request = roles_pb2.GetStudentGroupRequest(group_id=loaded.groups[group])
    students = (await platform.read(platform.roles.GetStudentGroup, request, loaded.head))["students"]
    child = next(student for student in students if student["full_name"].startswith(name))
    guardian = child["guardians"][0]
    parent = Principal(guardian["id"], guardian["full_name"], "GUARDIAN", "", loaded.id, REGION)

    async def known() -> dict[str, str] | None:
        book = await platform.read(platform.consents.GetConsentBook, consent_pb2.GetConsentBookRequest(), parent)
        person = next((one for one in book["people"] if one["subject_id"] == child["id"]), None)
        purposes = person["purposes"] if person else []
        # A pupil is known as one when the enrolment has come too.
        return {one["purpose"]: one["present_version"] for one in purposes} if len(purposes) > 1 else None

    versions = await eventually(f"{name} in the ledger of consents", known)
    answers = [consent_pb2.ConsentAnswer(subject_id=child["id"], purpose=key, version=version) for key, version in versions.items()]
    await platform.call(platform.consents.AnswerConsents, consent_pb2.AnswerConsentsRequest(answers=answers), parent)
    return len(answers)
