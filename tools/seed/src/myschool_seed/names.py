"""Believable Russian names: surname by gender, patronymic from the father's name, ё kept."""

from dataclasses import dataclass
from random import Random

_SURNAMES = """
Агафонов Акимов Александров Алексеев Андреев Антонов Артамонов Афанасьев Баранов Белоусов Беляев Бирюков Блинов Бобров Богданов
Большаков Борисов Быков Виноградов Власов Воробьёв Воронов Гаврилов Герасимов Голубев Горбунов Горшков Григорьев Гришин Громов
Гусев Данилов Денисов Дмитриев Дроздов Дьячков Евдокимов Ермаков Ефимов Жданов Жуков Журавлёв Зайцев Захаров Зимин Зуев Зыков
Игнатьев Исаев Казаков Калашников Карпов Киселёв Климов Князев Ковалёв Козлов Колесников Комаров Кондратьев Коновалов Королёв
Котов Крылов Крюков Кудрявцев Кузьмин Лазарев Ларионов Логинов Лукин Лыткин Макаров Максимов Маслов Матвеев Медведев Мельников
Миронов Михайлов Моисеев Мухин Назаров Некрасов Нестеров Никифоров Николаев Носков Овчинников Осипов Павлов Панов Пахомов
Пестов Петров Поляков Пономарёв Попов Потапов Прохоров Родионов Рожков Рябов Савельев Савин Самойлов Сафонов Селезнёв Семёнов
Сергеев Сидоров Симонов Ситников Смирнов Соболев Соловьёв Сорокин Степанов Субботин Суханов Сысоев Титов Тихомиров Третьяков
Трофимов Туманов Уваров Устинов Филатов Филиппов Фомин Фролов Харитонов Хохлов Цветков Чернов Чернышёв Чистяков Шаров Шестаков
Широков Шубин Щербаков Щукин Юдин Яковлев Белинский Вишневский Дубровский Каменский Левитский Островский Покровский Успенский
Хасанов Галиев Ахметов Юсупов Сафин Каримов Алиев Мамедов Петросянов Цоев
""".split()
_MEN = {
    "Александр": "Александров",
    "Алексей": "Алексеев",
    "Андрей": "Андреев",
    "Антон": "Антонов",
    "Артём": "Артёмов",
    "Борис": "Борисов",
    "Вадим": "Вадимов",
    "Виктор": "Викторов",
    "Владимир": "Владимиров",
    "Вячеслав": "Вячеславов",
    "Георгий": "Георгиев",
    "Денис": "Денисов",
    "Дмитрий": "Дмитриев",
    "Евгений": "Евгеньев",
    "Иван": "Иванов",
    "Игорь": "Игорев",
    "Кирилл": "Кириллов",
    "Константин": "Константинов",
    "Максим": "Максимов",
    "Михаил": "Михайлов",
    "Николай": "Николаев",
    "Олег": "Олегов",
    "Павел": "Павлов",
    "Роман": "Романов",
    "Сергей": "Сергеев",
    "Станислав": "Станиславов",
    "Степан": "Степанов",
    "Юрий": "Юрьев",
    "Ярослав": "Ярославов",
    "Рустам": "Рустамов",
    "Тимур": "Тимуров",
}
_BOYS = """
Александр Алексей Андрей Арсений Артём Богдан Вадим Глеб Георгий Давид Даниил Демид Дмитрий Егор Елисей Захар Иван Игорь Илья Кирилл
Константин Лев Леонид Макар Максим Марк Матвей Мирон Михаил Никита Николай Олег Павел Платон Роман Савелий Семён Степан Тимофей
Тимур Фёдор Ярослав
""".split()
_GIRLS = """
Агата Аделина Александра Алиса Алёна Амина Анастасия Ангелина Анна Арина Валерия Варвара Василиса Вера Вероника Виктория Дарья Диана Ева
Евангелина Екатерина Елизавета Есения Злата Камилла Кира Кристина Ксения Лидия Маргарита Мария Милана Мирослава Надежда Полина
Регина София Таисия Ульяна Эмилия Юлия Ярослава
""".split()
_WOMEN = """
Алла Анастасия Анна Валентина Вера Виктория Галина Дарья Евгения Екатерина Елена Жанна Ирина Кристина Лариса Лилия Любовь Людмила
Маргарита Марина Мария Надежда Наталья Нина Оксана Ольга Полина Светлана Софья Тамара Татьяна Юлия
""".split()


@dataclass(frozen=True, slots=True)
class Name:
    """Family, given and middle name."""

    family: str
    given: str
    middle: str

    @property
    def full(self) -> str:
        """«Фамилия Имя Отчество»."""
        return f"{self.family} {self.given} {self.middle}"


def surname(rng: Random) -> str:
    """A surname in its male form."""
    return rng.choice(_SURNAMES)


def female(family: str) -> str:
    """The female form of a surname."""
    if family.endswith("ский"):
        return family.removesuffix("ий") + "ая"
    return family + "а"


def man(rng: Random, family: str = "") -> Name:
    """A grown man."""
    return Name(family or surname(rng), rng.choice(list(_MEN)), _MEN[rng.choice(list(_MEN))] + "ич")


def woman(rng: Random, family: str = "") -> Name:
    """A grown woman; `family` in its male form."""
    return Name(female(family or surname(rng)), rng.choice(_WOMEN), _MEN[rng.choice(list(_MEN))] + "на")


def child(rng: Random, family: str, father_given: str) -> Name:
    """A boy or girl of the family (male form of the surname)."""
    if rng.random() < 0.5:
        return Name(family, rng.choice(_BOYS), _MEN[father_given] + "ич")
    return Name(female(family), rng.choice(_GIRLS), _MEN[father_given] + "на")


def middle_of(father_given: str, *, girl: bool) -> str:
    """Patronymic from the father's name."""
    return _MEN[father_given] + ("на" if girl else "ич")


def father_of(middle: str) -> str:
    """The father's name behind a patronymic."""
    stem = middle.removesuffix("ич").removesuffix("на")
    return next((given for given, known in _MEN.items() if known == stem), "Иван")


def snils(number: int) -> str:
    """Eleven digits of a fictional СНИЛС whose control number fits; `number` below 001-001-998."""
    digits = f"{number:09d}"
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits))
    return f"{digits}{total % 101 % 100:02d}"
