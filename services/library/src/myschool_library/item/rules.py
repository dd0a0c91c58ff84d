"""What a content item consists of, and when two contents are the same."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

# Kind → Russian words by which people look for it.
KINDS: dict[str, str] = {
    "LESSON": "урок",
    "VIDEO": "видео видеоурок",
    "TEST": "тест",
    "SIMULATION": "симуляция модель",
    "TEXT": "текст",
    "TEXTBOOK": "учебник",
    "PRESENTATION": "презентация",
    "EXERCISE": "упражнение",
    "DOCUMENT": "документ",
    "IMAGE": "изображение картинка",
    "AUDIO": "аудио",
    "GAME": "игра",
    "TRAINER": "тренажёр",
}


@dataclass(frozen=True, slots=True)
class Content:
    """One version of an item as a provider sent it; HTML is sanitised, texts are trimmed."""

    title: str
    summary: str
    subject: str
    grades: tuple[int, ...]
    kind: str
    body_html: str
    content_url: str
    duration_minutes: int
    keywords: tuple[str, ...]

    def digest(self) -> bytes:
        """SHA-256 by which a repeated upload is known as unchanged."""
        return hashlib.sha256(json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()).digest()


@dataclass(frozen=True, slots=True)
class Submission:
    """Content under the provider's own id, with its digest and its search document (tsvector literal)."""

    external_id: str
    content: Content
    digest: bytes
    lemmas: str


@dataclass(frozen=True, slots=True)
class Known:
    """The current row of an item, locked."""

    item_id: UUID
    external_id: str
    latest: int
    digest: bytes

    def needs(self, submission: Submission) -> bool:
        """Whether the submission is a new version. Content of a version already refused stays refused."""
        return self.digest != submission.digest


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict on one version of the content, counted from 1."""

    number: int
    approved: bool
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProviderItem:
    """An item as its provider sees it."""

    item_id: UUID
    external_id: str
    title: str
    status: str
    version: int
    is_published: bool
    comment: str
    submitted_at: datetime
