"""What identity holds about a person."""

from typing import Any

import orjson

from myschool_identity.notice.rules import context
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.subject.holding import OF_THE_HOUSE, Holding, Part


def holding(cipher: EnvelopeCipher) -> Holding:
    """The holding, with the key that opens contacts for the person's own copy."""

    def opened(row: dict[str, Any]) -> dict[str, Any]:
        sealed = row.pop("sealed")
        return {**row, **orjson.loads(cipher.decrypt(sealed, f"esia:{row['esia_oid']}"))}

    def numbered(row: dict[str, Any]) -> dict[str, Any]:
        sealed, person_id = row.pop("snils_sealed"), row.pop("id")
        return {**row, "snils": cipher.decrypt(sealed, f"person:{person_id}").decode() if sealed else ""}

    def addressed(row: dict[str, Any]) -> dict[str, Any]:
        address_id, sealed = row.pop("id"), row["address"]
        return {**row, "address": cipher.decrypt(sealed, context(address_id)).decode(), "letters": orjson.loads(row["letters"])}

    return Holding(
        parts=(
            Part(
                "person",
                "Имя и дата рождения",
                ("person",),
                "SELECT id, family_name, given_name, middle_name, birth_date, snils_sealed, created_at FROM person WHERE id = $1",
                kept_because="По этой записи школа находит свои документы о вас: журнал и списки она хранит по закону",
                opened=numbered,
            ),
            Part(
                "consents",
                "Согласия",
                ("consent_fact",),
                "SELECT at, purpose, version, act, actor_name FROM consent_fact WHERE subject_id = $1 ORDER BY id",
                kept_because="Данное согласие хранится как доказательство (152‑ФЗ, статья 9)",
            ),
            Part(
                "sessions",
                "Входы",
                ("session",),
                "SELECT device, opened_at, ended_at, end_reason FROM session WHERE person_id = $1 ORDER BY opened_at, id",
                erase="DELETE FROM session WHERE person_id = $1",
            ),
            Part(
                "esia",
                "Что передали Госуслуги",
                ("esia_profile", "account", "person_merge_account"),
                """SELECT e.esia_oid, e.family_name, e.given_name, e.middle_name, e.birth_date, e.gender, e.level, e.trusted, e.sealed,
                e.updated_at, a.created_at FROM account a JOIN esia_profile e USING (esia_oid)
                WHERE a.person_id = $1 ORDER BY e.esia_oid""",
                erase="""WITH gone AS (DELETE FROM account WHERE person_id = $1 RETURNING esia_oid),
                noted AS (DELETE FROM person_merge_account m USING gone WHERE m.esia_oid = gone.esia_oid)
                DELETE FROM esia_profile e USING gone WHERE e.esia_oid = gone.esia_oid""",
                opened=opened,
            ),
            Part(
                "tokens",
                "Ключи для чтения",
                ("family_token",),
                "SELECT name, created_at, expires_at, revoked_at, used_at FROM family_token WHERE person_id = $1 ORDER BY created_at, id",
                erase="DELETE FROM family_token WHERE person_id = $1",
            ),
            Part(
                "notices",
                "Почта для уведомлений и письма",
                ("notice_address", "letter"),
                """SELECT a.id, a.sealed AS address, a.kinds, a.created_at, a.confirmed_at,
                (SELECT coalesce(jsonb_agg(jsonb_build_object('about', l.act, 'created_at', l.created_at, 'sent_at', l.sent_at)
                ORDER BY l.created_at), '[]') FROM letter l WHERE l.address_id = a.id) AS letters
                FROM notice_address a WHERE a.person_id = $1 AND a.removed_at IS NULL ORDER BY a.created_at, a.id""",
                erase="""WITH unsent AS (DELETE FROM letter WHERE person_id = $1)
                DELETE FROM notice_address WHERE person_id = $1""",
                opened=addressed,
            ),
            Part(
                "pairings",
                "Устройства для входа без Госуслуг",
                ("pairing", "pairing_session"),
                """SELECT device_name, browser, created_at, expires_at, paired_at, used_at, revoked_at FROM pairing
                WHERE child_id = $1 ORDER BY created_at, id""",
                erase="""WITH gone AS (DELETE FROM pairing WHERE child_id = $1 RETURNING id)
                DELETE FROM pairing_session s USING gone WHERE s.pairing_id = gone.id""",
            ),
            Part(
                "pairing_facts",
                "Кто открывал и закрывал вход ребёнка",
                ("pairing_fact",),
                """SELECT f.at, f.act, f.actor_id = $1 AS by_me FROM pairing_fact f
                WHERE f.child_id = $1 OR f.actor_id = $1 OR f.child_id IN (SELECT id FROM person WHERE merged_into = $1) ORDER BY f.id""",
                kept_because="Показывает, кто и когда разрешил ребёнку вход с устройства",
            ),
            Part(
                "blocks",
                "Когда учётная запись была закрыта",
                ("account_block", "account_block_change"),
                "SELECT act, reason, at FROM account_block_change WHERE person_id = $1 ORDER BY id",
                kept_because="Показывает, кто и почему закрывал и открывал вход",
            ),
            Part(
                "erasures",
                "Просьбы удалить профиль",
                ("erasure_request",),
                "SELECT requested_at, due_at, cancelled_at, carried_out_at FROM erasure_request WHERE person_id = $1 ORDER BY requested_at",
                kept_because="Показывает, когда вы просили удалить профиль и когда это сделано",
            ),
        ),
        not_exported={
            **OF_THE_HOUSE,
            "consent": "consents of before the ledger, taken over into consent_fact",
            "enrolment": "a copy of what roles holds, for the zone of the school; exported there",
            "person_separation": "which merges were taken back; the school's lists are exported by roles",
            "person_merge": "which records of a school became this person; the school's lists are exported by roles",
            "guardianship": "a copy of what roles holds, for who may consent; exported there",
        },
    )
