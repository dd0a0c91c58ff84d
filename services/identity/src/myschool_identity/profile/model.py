"""What Госуслуги say about a person."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Organisation:
    """An employment in Госуслуги; `chief` marks the head."""

    oid: str
    ogrn: str
    name: str
    chief: bool
    liquidated: bool


@dataclass(frozen=True, slots=True)
class Document:
    """An identity document as Госуслуги name it (`RF_PASSPORT`, `BRTH_CERT`, …); `issued_on` is an ISO date or empty."""

    kind: str
    series: str
    number: str
    issued_on: str
    issued_by: str


@dataclass(frozen=True, slots=True)
class Kid:
    """A child in the person's account; `snils` is eleven digits or empty, `birth_date` an ISO date or empty."""

    family_name: str
    given_name: str
    middle_name: str
    birth_date: str
    gender: str
    snils: str
    representation: str
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class EsiaProfile:
    """A person as read at a sign-in. Absent texts are empty; `snils` is eleven digits; `updated_at` is UTC."""

    esia_oid: str
    family_name: str
    given_name: str
    middle_name: str
    birth_date: date | None
    gender: str
    level: str
    trusted: bool
    snils: str
    email: str
    phone: str
    organisations: tuple[Organisation, ...]
    kids: tuple[Kid, ...]
    updated_at: datetime
    documents: tuple[Document, ...] = ()
