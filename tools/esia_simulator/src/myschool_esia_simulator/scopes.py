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
    "contacts": "Контактные данные",
    "id_doc": "Документ, удостоверяющий личность",
    "birth_cert_doc": "Свидетельство о рождении",
    "kid_birth_cert_doc": "Свидетельства о рождении детей",
}
_ORGANISATION = """
org_shortname org_fullname org_type org_ogrn org_inn org_leg org_kpp org_agencyterrange org_agencytype org_oktmo org_ctts
org_addrs org_vhls org_grps org_emps org_brhs org_brhs_ctts org_brhs_addrs org_rcs org_stms org_invts categories org_ra
"""
ORGANISATION_SCOPES = frozenset(_ORGANISATION.split())

_NAMES = ("lastName", "firstName", "middleName")
PERSON_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "fullname": _NAMES,
    "birthdate": ("birthDate",),
    "gender": ("gender",),
    "snils": ("snils",),
}
# Documents by the scope that opens them.
DOCUMENT_SCOPES: dict[str, frozenset[str]] = {
    "id_doc": frozenset({"RF_PASSPORT", "FID_DOC"}),
    "birth_cert_doc": frozenset({"BRTH_CERT", "RF_BRTH_CERT"}),
    "kid_birth_cert_doc": frozenset({"KID_RF_BRTH_CERT", "KID_ACT_RECORD"}),
}
KID_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "kid_fullname": _NAMES,
    "kid_birthdate": ("birthDate",),
    "kid_gender": ("gender",),
    "kid_snils": ("snils",),
}
