"""Texts of the consents. A changed text gets a new version, and everybody is asked again."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One purpose in its present version."""

    purpose: str
    version: str
    title: str
    text: str

    @property
    def text_hash(self) -> bytes:
        """SHA-256 of what the person saw, kept with the consent as proof."""
        return hashlib.sha256(f"{self.title}\n{self.text}".encode()).digest()


PRESENT: tuple[ConsentText, ...] = (
    ConsentText(
        purpose="personal_data",
        version="2026-11-01",
        title="Доступ к персональным данным",
        text=(
            "Я разрешаю «Моей школе» получать из моей учётной записи Госуслуг и обрабатывать фамилию, имя, отчество, "
            "дату рождения, пол, СНИЛС, телефон, адрес электронной почты, сведения о месте работы и о моих детях. "
            "Данные нужны, чтобы узнать меня при входе, найти мою роль в школе и показать дневник моих детей. "
            "Они хранятся в моём регионе и не передаются третьим лицам. Отозвать согласие можно в настройках аккаунта."
        ),
    ),
)
