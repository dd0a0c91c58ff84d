"""Library items of a publisher: believable titles by subject and grade. Deterministic."""

from dataclasses import dataclass
from random import Random
from typing import Any

from myschool_seed.curriculum import TOPICS

_SEED = 7
_GRADES = {
    "Математика": (1, 6),
    "Алгебра": (7, 11),
    "Геометрия": (7, 11),
    "Русский язык": (1, 11),
    "Литература": (5, 11),
    "Литературное чтение": (1, 4),
    "Английский язык": (2, 11),
    "История": (5, 11),
    "Обществознание": (6, 11),
    "География": (5, 11),
    "Биология": (5, 11),
    "Физика": (7, 11),
    "Химия": (8, 11),
    "Информатика": (5, 11),
    "Окружающий мир": (1, 4),
    "Физическая культура": (1, 11),
    "Музыка": (1, 8),
    "Изобразительное искусство": (1, 7),
    "Труд (технология)": (1, 9),
    "ОБЗР": (8, 11),
}


@dataclass(frozen=True, slots=True)
class _Form:
    kind: str
    title: str
    summary: str
    minutes: tuple[int, int]


_FORMS = (
    _Form("LESSON", "{topic}. Урок", "Урок по теме «{topic}»: объяснение, примеры и вопросы для самопроверки.", (25, 45)),
    _Form("TRAINER", "{topic}: тренажёр", "Задания по теме «{topic}» с подсказками: программа подбирает трудность сама.", (10, 25)),
    _Form("VIDEO", "{topic}: видеоурок", "Короткое видео с разбором главного в теме «{topic}».", (5, 15)),
    _Form("TEST", "{topic}: проверочная работа", "Десять вопросов по теме «{topic}» в двух вариантах.", (10, 20)),
    _Form("PRESENTATION", "{topic}: презентация к уроку", "Слайды для показа на уроке по теме «{topic}».", (15, 30)),
    _Form("EXERCISE", "{topic}: карточки", "Карточки трёх уровней для самостоятельной работы по теме «{topic}».", (10, 20)),
    _Form(
        "SIMULATION", "{topic}: интерактивная модель", "Модель, в которой можно менять условия и видеть, что из этого следует.", (10, 20)
    ),
    _Form("TEXT", "{topic}: конспект", "Опорный конспект по теме «{topic}» с примерами.", (5, 10)),
    _Form("GAME", "{topic}: игра", "Игра для класса или дома: закрепляем тему «{topic}».", (10, 15)),
    _Form("AUDIO", "{topic}: аудиорассказ", "Аудиорассказ к теме «{topic}» для повторения.", (5, 15)),
)
_FIRST = (
    ("Дроби: тренажёр", "Сложение, вычитание и сравнение дробей с подсказками на каждом шаге.", "TRAINER", "Математика", [5, 6, 7], 25),
    (
        "Сложение дробей с разными знаменателями",
        "Урок: приводим дроби к общему знаменателю и складываем.",
        "LESSON",
        "Математика",
        [5, 6, 7],
        40,
    ),
    ("Дробь как часть целого", "Видео о том, откуда взялись дроби и как их читать.", "VIDEO", "Математика", [4, 5], 12),
    ("Десятичная дробь и обыкновенная", "Проверочная работа: переводим одну дробь в другую.", "TEST", "Математика", [5, 6], 15),
)


def items(wanted: int) -> list[dict[str, Any]]:
    """The first `wanted` items, the well-known ones first, subjects mixed."""
    found = [_item(*entry) for entry in _FIRST]
    stems = [
        (topic, subject, grade, form)
        for subject, (low, high) in _GRADES.items()
        for topic in TOPICS[subject]
        for grade in range(low, high + 1)
        for form in _FORMS
    ]
    rng = Random(_SEED)
    rng.shuffle(stems)
    seen = {entry["title"] for entry in found}
    for topic, subject, grade, form in stems:
        if len(found) >= wanted:
            break
        title = f"{form.title.format(topic=topic)}, {grade} класс"
        if title not in seen:
            seen.add(title)
            minutes = rng.randint(*form.minutes)
            found.append(_item(title, form.summary.format(topic=topic), form.kind, subject, [grade], minutes))
    return [{"external_id": f"demo-{number:05d}", **entry} for number, entry in enumerate(found[:wanted], 1)]


def _item(title: str, summary: str, kind: str, subject: str, grades: list[int], minutes: int) -> dict[str, Any]:
    body = f"<h2>{title}</h2><p>{summary}</p><ul><li>Предмет: {subject}</li><li>Время: {minutes} минут</li></ul>"
    return {
        "title": title,
        "summary": summary,
        "subject": subject,
        "grades": grades,
        "kind": kind,
        "body_html": body,
        "content_url": "",
        "duration_minutes": minutes,
        "keywords": [subject.lower()],
    }
