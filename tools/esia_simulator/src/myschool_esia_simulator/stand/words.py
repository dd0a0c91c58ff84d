"""Russian words of the stand's pages."""

from collections.abc import Mapping

from myschool_esia_simulator.errors import Code
from myschool_esia_simulator.people import Organisation, Person

LEVELS = {"PR": "подтверждённая", "P": "упрощённая или стандартная", "KD": "учётная запись ребёнка"}
DOCUMENTS = {
    "RF_PASSPORT": "Паспорт РФ",
    "FID_DOC": "Иностранный документ",
    "BRTH_CERT": "Свидетельство о рождении",
    "RF_BRTH_CERT": "Свидетельство о рождении РФ",
}
CODES: dict[Code, str] = {
    Code.CERTIFICATE_MISMATCH: "сертификат не подходит системе",
    Code.BAD_PARAMETER: "неверный параметр",
    Code.REFUSED: "человек отказал в доступе",
    Code.CLIENT_UNKNOWN: "системе метод не разрешён",
    Code.BAD_SCOPE: "неверная область доступа",
    Code.UNEXPECTED: "внутренняя ошибка",
    Code.OVERLOADED: "перегрузка или обслуживание",
    Code.METHOD_UNSUPPORTED: "метод не поддерживается",
    Code.GRANT_INVALID: "код использован или просрочен",
    Code.RESPONSE_UNSUPPORTED: "вид кода не поддерживается",
    Code.SCOPE_MISSING: "нет области доступа",
    Code.PARAMETER_MISSING: "нет обязательного параметра",
    Code.WRONG_TIME: "неверное время запроса",
    Code.NOT_PERMITTED: "нет разрешения",
    Code.REDIRECT_FORBIDDEN: "адрес возврата не зарегистрирован",
    Code.UNREADABLE: "параметры не читаются",
    Code.CHALLENGE_MISSING: "нет code_challenge",
    Code.CHALLENGE_MISMATCH: "code_verifier не подошёл",
    Code.SECOND_FACTOR: "второй фактор недоступен",
    Code.SECRET_WRONG: "подпись системы неверна",
    Code.UNCONFIRMED: "учётная запись не подтверждена",
    Code.BAD_ROLES: "неверный параметр roles",
    Code.BAD_OBJECT_TYPE: "неверный параметр obj_type",
    Code.BAD_USER_TYPE: "неверный тип пользователя",
    Code.NOT_EMPLOYED: "человек не сотрудник организации",
    Code.CLIENT_UNPROVEN: "система не подтвердила себя",
    Code.CONSENT_MISSING: "нет согласия на передачу данных",
    Code.CONSENT_REVOKED: "согласие отозвано",
}


def marks(person: Person, organisations: Mapping[str, Organisation]) -> list[str]:
    """What makes this person worth choosing, as short labels."""
    found = [organisations[role.organisation] for role in person.roles]
    facts = {
        "директор": any(role.chief for role in person.roles),
        "сотрудник": bool(person.roles) and not any(role.chief for role in person.roles),
        f"организаций: {len(found)}": len(found) > 1,
        "ликвидированная": any(item.isLiquidated for item in found),
        f"детей: {len(person.kids)}": bool(person.kids),
        "опекун": any(kid.representation == "FOSTER" for kid in person.kids),
        "ребёнок": person.level == "KD",
        "не подтверждена": not person.trusted,
        "без почты": person.email is None,
    }
    return [label for label, true in facts.items() if true]
