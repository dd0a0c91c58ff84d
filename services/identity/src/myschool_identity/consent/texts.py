"""Texts of the consents. A changed text gets a new version, and everybody is asked again.

One consent is one purpose: nothing here may be joined, and all but the first may be declined without losing the account (152-ФЗ ст. 9).
"""

import hashlib
from dataclasses import dataclass

from myschool_identity.consent.rules import PERSONAL_DATA, Wanted


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One purpose in its present version, in the words for oneself and for a child."""

    purpose: str
    version: str
    title: str
    own: str
    child: str
    students_only: bool = True

    def text(self, *, is_self: bool) -> str:
        """What is shown to the person, or to the guardian who answers for a child."""
        return self.own if is_self else self.child

    def text_hash(self, *, is_self: bool) -> bytes:
        """SHA-256 of what the person saw, kept with the consent as proof."""
        return hash_of(self.title, self.text(is_self=is_self))

    @property
    def wanted(self) -> Wanted:
        """The same for the rules."""
        return Wanted(self.purpose, self.version, self.students_only)


def hash_of(title: str, text: str) -> bytes:
    """SHA-256 over title, line feed and text in UTF-8."""
    return hashlib.sha256(f"{title}\n{text}".encode()).digest()


_WITHDRAW = "Отозвать согласие можно в любой день: «Настройки аккаунта» → «Согласия»."
_STAYS = "Данные хранятся в вашем регионе."

PRESENT: tuple[ConsentText, ...] = (
    ConsentText(
        purpose=PERSONAL_DATA,
        version="2026-11-26",
        title="Доступ к персональным данным",
        own=(
            "Я разрешаю «Моей школе» получать из моей учётной записи Госуслуг и обрабатывать фамилию, имя, отчество, "
            "дату рождения, пол, СНИЛС, телефон, адрес электронной почты, сведения о месте работы и о моих детях. "
            "Данные нужны, чтобы узнать меня при входе, найти мою роль в школе и показать дневник моих детей. "
            "Они хранятся в моём регионе и не передаются третьим лицам. "
            "Без этого согласия войти нельзя. Чтобы отозвать согласие, откройте «Настройки аккаунта» → «Согласия»: "
            "после этого вход закроется, пока вы не дадите согласие снова."
        ),
        child=(
            "Я, законный представитель, разрешаю «Моей школе» обрабатывать фамилию, имя, отчество, дату рождения, пол и СНИЛС ребёнка. "
            "Данные нужны, чтобы узнать ребёнка при входе и показать ему и мне его дневник. "
            f"{_STAYS} Третьим лицам они не передаются. Без этого согласия ребёнок не сможет войти сам. {_WITHDRAW}"
        ),
        students_only=False,
    ),
    ConsentText(
        purpose="progress",
        version="2026-11-26",
        title="Данные об успеваемости",
        own=(
            "Я разрешаю показывать в электронном дневнике мои отметки, посещаемость и домашние задания мне и моим законным представителям. "
            "Журнал школа ведёт по закону в любом случае. "
            f"Без согласия дневник не откроется, отметки можно узнать у классного руководителя. {_WITHDRAW}"
        ),
        child=(
            "Я разрешаю показывать в электронном дневнике отметки, посещаемость и домашние задания ребёнка "
            "ему и его законным представителям. "
            "Журнал школа ведёт по закону в любом случае. "
            f"Без согласия дневник не откроется, отметки можно узнать у классного руководителя. {_WITHDRAW}"
        ),
    ),
    ConsentText(
        purpose="content_access",
        version="2026-11-26",
        title="Доступ к образовательному контенту",
        own=(
            "Я разрешаю запоминать, какие уроки и тесты библиотеки я открываю: так учитель видит выполненное задание. "
            f"Без согласия библиотеку можно смотреть, но открыть материал нельзя. {_WITHDRAW}"
        ),
        child=(
            "Я разрешаю запоминать, какие уроки и тесты библиотеки открывает ребёнок: так учитель видит выполненное задание. "
            f"Без согласия библиотеку можно смотреть, но открыть материал нельзя. {_WITHDRAW}"
        ),
    ),
    ConsentText(
        purpose="media",
        version="2026-11-26",
        title="Фото, видео и голос",
        own=(
            "Я разрешаю школе записывать видеоуроки с моим участием и показывать мои фотографии внутри «Моей школы» своему классу. "
            f"Без согласия уроки с моим участием не записываются, а фотографии не показываются. {_WITHDRAW}"
        ),
        child=(
            "Я разрешаю школе записывать видеоуроки с участием ребёнка и показывать его фотографии внутри «Моей школы» его классу. "
            f"Без согласия уроки с участием ребёнка не записываются, а фотографии не показываются. {_WITHDRAW}"
        ),
    ),
    ConsentText(
        purpose="third_party",
        version="2026-11-26",
        title="Материалы на сайтах поставщиков",
        own=(
            "Я разрешаю переходить из библиотеки к материалам на сайтах поставщиков. "
            "Поставщик узнаёт, что материал открыли из «Моей школы»; "
            f"имя, класс и отметки ему не передаются. Без согласия открываются только материалы самой библиотеки. {_WITHDRAW}"
        ),
        child=(
            "Я разрешаю ребёнку переходить из библиотеки к материалам на сайтах поставщиков. "
            "Поставщик узнаёт, что материал открыли из «Моей школы»; "
            f"имя, класс и отметки ребёнка ему не передаются. Без согласия открываются только материалы самой библиотеки. {_WITHDRAW}"
        ),
    ),
)
