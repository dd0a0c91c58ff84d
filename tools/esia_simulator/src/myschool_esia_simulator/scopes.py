"""Scopes the simulator knows, with the words of the consent page, and the attributes each one opens."""

TITLES: dict[str, str] = {
    "openid": "Вход с помощью учётной записи Госуслуг",
    "fullname": "Фамилия, имя, отчество",
    "birthdate": "Дата рождения",
    "gender": "Пол",
    "snils": "СНИЛС",
    "email": "Адрес электронной почты",
    "mobile": "Номер мобильного телефона",
    "usr_org": "Организации, в которых вы работаете",
    "kid_fullname": "Фамилия, имя, отчество детей",
    "kid_birthdate": "Даты рождения детей",
    "kid_gender": "Пол детей",
    "kid_snils": "СНИЛС детей",
}

_NAMES = ("lastName", "firstName", "middleName")
PERSON_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "fullname": _NAMES,
    "birthdate": ("birthDate",),
    "gender": ("gender",),
    "snils": ("snils",),
}
KID_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "kid_fullname": _NAMES,
    "kid_birthdate": ("birthDate",),
    "kid_gender": ("gender",),
    "kid_snils": ("snils",),
}
