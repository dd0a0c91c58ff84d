"""Use cases of the catalogue: take in content, show an item, list a provider's own."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from myschool_kit import clock
from myschool_kit.db import UnitOfWork
from myschool_kit.page import decode_token, encode_token
from myschool_library import events
from myschool_library.consent.rules import CONTENT_ACCESS, THIRD_PARTY
from myschool_library.errors import ContentConsentMissing, ItemNotFound, ThirdPartyConsentMissing
from myschool_library.item.repository import ItemRepository
from myschool_library.item.rules import Judged, Known, ProviderItem, Submission


class Catalogue:
    """Items and their versions."""

    def __init__(self, repository: ItemRepository) -> None:
        self._repository = repository

    async def submit(
        self, uow: UnitOfWork, provider_id: str, provider_name: str, submissions: Sequence[Submission]
    ) -> dict[str, tuple[UUID, bool]]:
        """Takes in content of one provider; answers external id → (item id, whether it is a new version)."""
        if not submissions:
            return {}
        moment = clock.now()
        await self._repository.remember_provider(uow.raw, provider_id, provider_name)
        known = await self._repository.lock(uow.raw, provider_id, [entry.external_id for entry in submissions])
        changes: list[tuple[Known, Submission]] = [
            (known[entry.external_id], entry) for entry in submissions if known[entry.external_id].needs(entry)
        ]
        if changes:
            await self._repository.advance(uow.raw, changes, moment)
        for item, _ in changes:
            events.submitted(uow, item.item_id, provider_id, moment)
        changed = {entry.external_id for _, entry in changes}
        return {external_id: (item.item_id, external_id in changed) for external_id, item in known.items()}

    async def view(self, item_id: UUID, person_id: UUID, *, as_expert: bool) -> dict[str, Any]:
        """The item with its body. Raises ItemNotFound unless it is published or the caller is an expert, ContentConsentMissing."""
        row = await self._repository.view(item_id, person_id, as_expert=as_expert)
        if row is None:
            raise ItemNotFound("no such item")
        item = dict(row)
        if item.pop("withheld"):
            raise ContentConsentMissing("the consent to content was declined or taken back")
        return item

    async def content_url(self, uow: UnitOfWork, item_id: UUID, person_id: UUID) -> str:
        """Where the published content is: the provider's address, or the item's page of our own.

        Raises ItemNotFound; ContentConsentMissing, ThirdPartyConsentMissing when the person's consent is withheld.
        """
        row = await self._repository.openable(uow.raw, item_id, person_id)
        if row is None:
            raise ItemNotFound("no such item")
        if CONTENT_ACCESS in row["withheld"]:
            raise ContentConsentMissing("the consent to content was declined or taken back")
        if row["content_url"] and THIRD_PARTY in row["withheld"]:
            raise ThirdPartyConsentMissing("the consent to go to providers' sites was declined or taken back")
        return row["content_url"] or f"/library/{item_id}"

    async def list_own(self, provider_id: str, status: str, page_size: int, page_token: str) -> tuple[list[ProviderItem], str]:
        """A page of the provider's items and the token of the next one ("" after the last)."""
        filters = [provider_id, status]
        position = decode_token(page_token, filters)
        after = str(position[0]) if position else ""
        found = await self._repository.page_of_provider(provider_id, status, after, page_size + 1)
        page = found[:page_size]
        return page, encode_token([page[-1].external_id], filters) if len(found) > page_size else ""

    async def one_own(self, provider_id: str, external_id: str) -> tuple[ProviderItem, list[Judged]]:
        """One item of the provider with its verdicts. Raises ItemNotFound, for other providers' ids too."""
        item = await self._repository.one_of_provider(provider_id, external_id)
        if item is None:
            raise ItemNotFound("no such item")
        return item, await self._repository.verdicts(item.item_id)
