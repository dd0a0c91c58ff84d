"""What letters say. Pure; no link in them carries anything secret."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

_MONTHS = ["января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"]
_PURPOSES = {
    "personal_data": "обработка персональных данных",
    "progress": "отметки и успеваемость",
    "content_access": "доступ к материалам библиотеки",
    "media": "фотографии и запись уроков",
    "third_party": "материалы на сайтах поставщиков",
}
_NOT_YOU = "Если это были не вы, откройте «Настройки аккаунта» и нажмите «Выйти везде», а затем смените пароль на Госуслугах."


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and text."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class _Act:
    subject: str
    words: Callable[[Mapping[str, str]], str]
    closing: str = _NOT_YOU


def _said(text: str) -> Callable[[Mapping[str, str]], str]:
    return lambda _: text


ACTS: Final[Mapping[str, _Act]] = {
    "code": _Act(
        "Код подтверждения",
        lambda facts: (
            f"Код для уведомлений «Моей школы»: {facts['code']}\n\nВведите его в «Настройках аккаунта» за 15 минут. "
            "Никому его не сообщайте: сотрудники школы код не спрашивают."
        ),
        "Если вы не указывали эту почту в «Моей школе», просто удалите письмо: больше мы сюда не напишем.",
    ),
    "sign_in": _Act(
        "Вход с нового устройства", lambda facts: f"В «Мою школу» вошли под вашим именем с нового устройства: {facts['device']}."
    ),
    "address": _Act("Добавлена почта для уведомлений", _said("К вашему аккаунту добавили ещё один адрес для уведомлений.")),
    "token": _Act(
        "Создан ключ для чтения дневника",
        lambda facts: f"Для вашего аккаунта создан ключ «{facts['name']}»: по нему программа читает дневник.",
    ),
    "consent": _Act("Отозвано согласие", lambda facts: f"Отозвано согласие: {_PURPOSES.get(facts['purpose'], facts['purpose'])}."),
    "erasure": _Act(
        "Просьба удалить профиль",
        _said("Вы попросили удалить профиль. Мы сделаем это через 14 дней; до тех пор просьбу можно отозвать в «Настройках аккаунта»."),
        "Если это были не вы, отзовите просьбу и нажмите «Выйти везде» в «Настройках аккаунта».",
    ),
    "erasure_cancelled": _Act("Удаление профиля отменено", _said("Просьба удалить профиль отозвана, всё остаётся как было.")),
    "blocked": _Act(
        "Вход закрыт", _said("Вход в ваш аккаунт временно закрыт, все сеансы завершены. Причину и что делать скажет страница входа."), ""
    ),
    "unblocked": _Act("Вход снова открыт", _said("Вход в ваш аккаунт снова открыт."), ""),
}


def write(act: str, facts: Mapping[str, str], at: datetime, zone: str, page: str) -> Letter:
    """The letter about an act of that time (UTC), told in the person's `zone`; `page` is the address of the settings page."""
    told, local = ACTS[act], at.astimezone(ZoneInfo(zone))
    hours = (local.utcoffset() or local - local).total_seconds() / 3600
    moment = f"{local.day} {_MONTHS[local.month - 1]} {local.year} года, {local:%H:%M} (UTC{hours:+g})"
    parts = ["Здравствуйте!", told.words(facts)]
    if act != "code":
        parts.append(f"Когда: {moment}.")
    if told.closing:
        parts.append(told.closing)
    parts.append(f"Настройки аккаунта: {page}" if act == "code" else f"Настройки аккаунта, там же можно отключить эти письма: {page}")
    parts.append("«Моя школа». На это письмо отвечать не нужно.")
    return Letter(told.subject, "\n\n".join(parts) + "\n")
