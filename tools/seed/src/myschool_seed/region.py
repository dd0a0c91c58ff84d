"""The demo region as a model: two schools with people, classes, teaching load and timetable. Deterministic."""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from myschool_seed import timetable
from myschool_seed.curriculum import PRIMARY_OWN, hours
from myschool_seed.people import Crowd, Person, Personas, Pupil, Teacher
from myschool_seed.school_year import SchoolYear, around
from myschool_seed.timetable import Slot, Teaching

REGION = "99"
_SEED = 20_260_901
_SOKOLOVA, _MOROZOVA, _EGOROV, _NIKITINA = "Соколова Анна", "Морозова Елена", "Егоров Сергей", "Никитина Ольга"
# The class of the pictures, in the order of its journal.
_CLASS_7A = """
Абрамова Алиса|Васильева Мария|Гаврилов Артём|Давыдова София|Егоров Матвей|Жукова Полина|Зайцев Кирилл|Ильина Вероника|Калинин Лев|
Макаров Даниил|Никитина Ева|Орлов Максим|Павлова Дарья|Романов Иван|Семёнова Арина|Тарасов Марк|Ушакова Варвара|Фёдоров Роман|
Хасанова Амина|Цветков Глеб|Чернова Таисия|Шестаков Егор|Щербакова Милана|Юдин Степан|Юсупова Камилла|Яковлев Никита|Якушева Злата|
Ярцев Фёдор
""".replace("\n", "").split("|")


@dataclass
class School:
    """One school. `teachings` = (class, subject) → teachers, the first of whom stands in the timetable."""

    ogrn: str
    short_name: str
    full_name: str
    groups: list[str]
    staff: list[Teacher] = field(default_factory=list)
    pupils: list[Pupil] = field(default_factory=list)
    homerooms: dict[str, Teacher] = field(default_factory=dict)
    teachings: dict[tuple[str, str], list[Teacher]] = field(default_factory=dict)
    slots: list[Slot] = field(default_factory=list)

    @property
    def head(self) -> Teacher:
        """The head stands first in the staff list."""
        return self.staff[0]


@dataclass
class Region:
    """Everything that is written and loaded."""

    year: SchoolYear
    today: date
    school12: School
    school5: School
    expert: Person
    coordinator: Person
    federal: Person


def build(size: str, today: date) -> Region:
    """The region of a size («full», «small») for the school year around `today`."""
    rng = Random(_SEED)
    year, personas = around(today), Personas()
    crowd = Crowd(rng, date(year.year, 9, 1))
    full = size == "full"
    return Region(
        year=year,
        today=today,
        school12=_school12(personas, crowd, year.year, full=full),
        school5=_school5(personas, crowd, year.year, full=full),
        expert=personas.person("Кузнецова Мария"),
        coordinator=personas.person("Громова Светлана"),
        federal=personas.person("Ермакова Вера"),
    )


def grade_of(group: str) -> int:
    """7 of «7А»."""
    return int(group[:-1])


def _school12(personas: Personas, crowd: Crowd, year: int, *, full: bool) -> School:
    groups = [f"{grade}{letter}" for grade in range(1, 10) for letter in "АБВ"] + ["10А", "10Б", "11А"] if full else ["4А", "7А", "7Б"]
    school = School("1020000000012", "Школа № 12", "Муниципальное бюджетное общеобразовательное учреждение «Школа № 12»", groups)
    sokolova = personas.teacher(_SOKOLOVA, "Учитель математики", "Алгебра")
    math = [personas.teacher(_MOROZOVA, "Учитель математики", "Математика", "Алгебра", "Геометрия")]
    physics = [personas.teacher(_EGOROV, "Учитель физики", "Физика")]
    crowd.know([sokolova, *math, *physics, personas.person("Орлов Игорь")])
    school.staff = [
        personas.teacher("Орлов Игорь", "Директор"),
        crowd.teacher("Заместитель директора по учебно-воспитательной работе"),
        crowd.teacher("Заместитель директора по воспитательной работе"),
        sokolova,
        *math,
        *physics,
    ]
    _hire(school, crowd, _STAFF_12 if full else _STAFF_SMALL, {"Математика": 1, "Физика": 1})
    school.homerooms["7А"] = sokolova
    _share_out(school)
    for group in ("7А", "7Б", "8А", "9В"):
        if group in groups:
            school.teachings[group, "Алгебра"] = [sokolova]
    school.teachings["7А", "Алгебра"].append(math[0])
    _fill_12(school, personas, crowd, year, sokolova, full=full)
    pinned = [Slot("7А", "Алгебра", weekday, 3, sokolova.full, "214") for weekday in range(1, 6)]
    school.slots = timetable.lay(_weekly(school), pinned)
    return school


_STAFF_12 = {
    "Начальные классы": 12,
    "Английский язык": 6,
    "Физическая культура": 5,
    "Музыка": 2,
    "Изобразительное искусство": 2,
    "Труд (технология)": 3,
    "Математика": 5,
    "Русский язык": 8,
    "История": 4,
    "География": 2,
    "Биология": 2,
    "Химия": 2,
    "Физика": 3,
    "Информатика": 2,
    "ОБЗР": 1,
}
_STAFF_SMALL = dict.fromkeys(_STAFF_12, 1) | {"Математика": 2}
_STAFF_5 = dict.fromkeys(_STAFF_12, 1)
_ALSO = {
    "Начальные классы": PRIMARY_OWN,
    "Математика": ("Математика", "Алгебра", "Геометрия"),
    "Русский язык": ("Русский язык", "Литература"),
    "История": ("История", "Обществознание"),
}
_POSITION = {
    "Начальные классы": "Учитель начальных классов",
    "Математика": "Учитель математики",
    "Русский язык": "Учитель русского языка и литературы",
    "История": "Учитель истории и обществознания",
    "Английский язык": "Учитель английского языка",
    "Физическая культура": "Учитель физической культуры",
    "Изобразительное искусство": "Учитель изобразительного искусства",
    "Труд (технология)": "Учитель труда",
    "ОБЗР": "Преподаватель-организатор ОБЗР",
}
_GENITIVE = {
    "Музыка": "музыки",
    "География": "географии",
    "Биология": "биологии",
    "Химия": "химии",
    "Физика": "физики",
    "Информатика": "информатики",
}


def _hire(school: School, crowd: Crowd, plan: dict[str, int], there: dict[str, int]) -> None:
    """Adds teachers of each field up to the plan; `there` counts those who are in the staff already."""
    for branch, wanted in plan.items():
        position = _POSITION.get(branch) or f"Учитель {_GENITIVE[branch]}"
        school.staff += [crowd.teacher(position, *_ALSO.get(branch, (branch,))) for _ in range(wanted - there.get(branch, 0))]


def _share_out(school: School) -> None:
    """Gives every class its teachers, the least loaded one first; primary classes have one for most subjects."""
    load: dict[str, int] = {teacher.full: 0 for teacher in school.staff}
    primary = [teacher for teacher in school.staff if teacher.subjects == PRIMARY_OWN]
    for place, group in enumerate(name for name in school.groups if grade_of(name) <= 4):
        school.homerooms[group] = primary[place % len(primary)]
    # Homeroom teachers first take their own class; Соколова has only algebra, which she gets by hand.
    free = [teacher for teacher in school.staff if teacher.subjects and teacher.subjects not in (PRIMARY_OWN, ("Алгебра",))]
    for place, group in enumerate(name for name in school.groups if name not in school.homerooms):
        school.homerooms[group] = free[place % len(free)]
    for group in school.groups:
        for subject, weekly in hours(grade_of(group)).items():
            own = school.homerooms[group]
            able = [teacher for teacher in free if subject in teacher.subjects]
            teaches_all = grade_of(group) <= 4 and subject in PRIMARY_OWN
            chosen = own if teaches_all or own in able else min(able, key=lambda teacher: load[teacher.full])
            load[chosen.full] += weekly
            school.teachings[group, subject] = [chosen]


def _fill_12(school: School, personas: Personas, crowd: Crowd, year: int, sokolova: Teacher, *, full: bool) -> None:
    belova, lebedev = personas.person("Белова Ольга"), personas.person("Лебедев Павел")
    special = {
        "7А": [personas.pupil("Белов Тимур", "7А", belova), personas.pupil("Лебедева Ксения", "7А", lebedev)],
        "7Б": [personas.pupil("Соколов Егор", "7Б", sokolova)],
        "4А": [personas.pupil("Белова Ева", "4А", belova)],
        "6А": [personas.pupil("Волков Роман", "6А", personas.person("Зайцева Татьяна"))],
    }
    others = [group for group in school.groups if group != "7А"]
    sizes = {"7А": 30} | {group: (26 + (place < 16)) if full else 14 for place, group in enumerate(others)}
    for group in school.groups:
        pupils = list(special.get(group, ()))
        crowd.know(list(pupils))
        names = _CLASS_7A if group == "7А" else [""] * (sizes[group] - len(pupils))
        pupils += [crowd.pupil(group, grade_of(group), year, name) for name in names]
        school.pupils += sorted(pupils, key=lambda pupil: pupil.full)


def _school5(personas: Personas, crowd: Crowd, year: int, *, full: bool) -> School:
    groups = ["4А", "5А", "6А", "7А", "8А", "9А"] if full else ["7А"]
    school = School("1020000000005", "Школа № 5", "Муниципальное бюджетное общеобразовательное учреждение «Школа № 5»", groups)
    nikitina = personas.teacher(_NIKITINA, "Учитель математики", "Математика", "Алгебра", "Геометрия")
    egorov = personas.teacher(_EGOROV, "Учитель физики", "Физика")
    crowd.know([nikitina])
    school.staff = [crowd.teacher("Директор"), nikitina, egorov]
    _hire(school, crowd, _STAFF_5, {"Математика": 1, "Физика": 1})
    _share_out(school)
    for group in groups:
        pupils = [personas.pupil("Фёдорова Алиса", "7А", personas.person("Фёдоров Максим"))] if group == "7А" else []
        pupils += [crowd.pupil(group, grade_of(group), year) for _ in range(25 - len(pupils))]
        school.pupils += sorted(pupils, key=lambda pupil: pupil.full)
    school.slots = timetable.lay(_weekly(school), [])
    return school


def _weekly(school: School) -> list[Teaching]:
    found = []
    for (group, subject), teachers in school.teachings.items():
        weekly = 5 if (group, subject) == ("7А", "Алгебра") and len(teachers) > 1 else hours(grade_of(group))[subject]
        found.append(Teaching(group, subject, teachers[0].full, weekly))
    return found
