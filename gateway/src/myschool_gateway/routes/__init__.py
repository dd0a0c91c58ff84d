"""REST routes under /api/v1, one module per domain; the ones a school asks for all day come first."""

from fastapi import APIRouter

from myschool_gateway.routes import (
    accounts,
    consents,
    duplicates,
    family,
    guardians,
    invitations,
    journal,
    library,
    messages,
    notices,
    pairings,
    people,
    privacy,
    school,
    sessions,
    statistics,
    tokens,
)


def api() -> list[APIRouter]:
    """Every router of the public API."""
    return [
        router
        for module in (
            journal,
            messages,
            library,
            people,
            sessions,
            tokens,
            notices,
            consents,
            statistics,
            school,
            family,
            guardians,
            pairings,
            invitations,
            privacy,
            accounts,
            duplicates,
        )
        for router in module.routers
    ]
