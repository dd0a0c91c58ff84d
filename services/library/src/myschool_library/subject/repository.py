"""What the library holds about a person."""

from myschool_privacy.subject.holding import OF_THE_HOUSE, Holding, Part

HOLDING = Holding(
    parts=(
        Part(
            "verdicts",
            "Ваши решения экспертизы",
            ("verdict",),
            """SELECT v.at, i.title, v.approved, v.comment FROM verdict v
            JOIN item_version i ON i.item_id = v.item_id AND i.number = v.number
            WHERE v.expert_id = $1::uuid::text ORDER BY v.at, v.item_id""",
            kept_because="Решение эксперта — служебный документ: поставщик и школы должны знать, кто его принял",
        ),
    ),
    not_exported={**OF_THE_HOUSE, "consent_withheld": "which consents identity says are not given; exported there"},
    audited=False,
)
