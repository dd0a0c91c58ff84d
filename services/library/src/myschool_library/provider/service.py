"""Use cases of the provider API: take in an upload, show what was sent."""

from typing import Any, Literal
from uuid import UUID

from pydantic import ValidationError

from myschool_kit.db import UnitOfWork
from myschool_library.item.rules import Submission
from myschool_library.item.service import Catalogue
from myschool_library.provider.schema import ItemError, ItemResult, ProviderItemIn, errors_of
from myschool_library.provider.tokens import Provider
from myschool_library.search.service import document_of

Checked = Submission | ItemResult


def check_all(items: list[Any]) -> list[Checked]:
    """Each item checked by itself: a submission, or the verdict that refuses it. Costs CPU: call it in a thread."""
    checked: list[Checked] = []
    seen: set[str] = set()
    for raw in items:
        entry = _check(raw)
        if isinstance(entry, Submission):
            if entry.external_id in seen:
                entry = _refused(raw, ItemError(field="external_id", code="REPEATED", message="Уже есть в этом запросе"))
            else:
                seen.add(entry.external_id)
        checked.append(entry)
    return checked


async def take_in(catalogue: Catalogue, uow: UnitOfWork, provider: Provider, checked: list[Checked]) -> list[ItemResult]:
    """Stores the good items; answers a verdict per item, in order."""
    submissions = [entry for entry in checked if isinstance(entry, Submission)]
    stored = await catalogue.submit(uow, provider.id, provider.name, submissions)
    return [_stored(entry.external_id, *stored[entry.external_id]) if isinstance(entry, Submission) else entry for entry in checked]


def _stored(external_id: str, item_id: UUID, is_new: bool) -> ItemResult:
    status: Literal["SUBMITTED", "UNCHANGED"] = "SUBMITTED" if is_new else "UNCHANGED"
    return ItemResult(external_id=external_id, status=status, item_id=str(item_id), errors=[])


def _check(raw: Any) -> Checked:
    try:
        item = ProviderItemIn.model_validate(raw)
    except ValidationError as error:
        return _refused(raw, *errors_of(error))
    try:
        content = item.content()
    except ValueError:
        message = "Нужен текст (body_html) или ссылка (content_url); после очистки HTML текста не осталось"
        return _refused(raw, ItemError(field="body_html", code="CONTENT_MISSING", message=message))
    return Submission(item.external_id, content, content.digest(), document_of(content))


def _refused(raw: Any, *errors: ItemError) -> ItemResult:
    external_id = raw.get("external_id") if isinstance(raw, dict) else None
    return ItemResult(
        external_id=external_id[:200] if isinstance(external_id, str) else "", status="INVALID", item_id="", errors=list(errors)
    )
