"""The query behind the list of a class's acknowledgements."""

from datetime import date, datetime
from uuid import UUID

import asyncpg

from myschool_journal.authority.caller import CAME_FROM_ELSEWHERE, SIGNS, Caller

# The class teacher's own class, any class of the school for its heads. Who has left before the week or came after it is not asked.
_CLASS_WEEK = f"""
WITH class AS (
    SELECT c.id, c.name, ($5::timestamptz AT TIME ZONE coalesce(o.time_zone, 'Europe/Moscow'))::date AS today
    FROM student_group c LEFT JOIN organisation o ON o.id = c.organisation_id
    WHERE c.id = $4 AND c.organisation_id = $3::uuid
        AND ($2::text IN ('HEAD', 'DEPUTY_HEAD') OR $2::text = 'TEACHER' AND c.homeroom_teacher_id = $1::uuid)
), week AS (
    SELECT date_trunc('week', coalesce($6::date, class.today)::timestamp)::date AS monday FROM class
)
SELECT class.name, class.today, week.monday, (
    SELECT array_agg(ROW (s.id::text, s.full_name,
        NOT EXISTS (SELECT FROM progress_withheld h WHERE h.student_id = s.id) AND EXISTS (SELECT FROM guardianship w
            WHERE w.student_id = s.id AND {SIGNS.format("$5")}),
        (SELECT array_agg(ROW (a.guardian_name, a.at) ORDER BY a.at, a.guardian_id) FROM acknowledgement a
            WHERE a.student_id = s.id AND a.week = week.monday)
    ) ORDER BY s.full_name, s.id)
    FROM student s WHERE s.id IN (
        SELECT e.student_id FROM enrolment e
        WHERE e.group_id = class.id AND coalesce(e.last_day, date 'infinity') >= week.monday
            AND (e.from_day <= week.monday + 6 OR NOT {CAME_FROM_ELSEWHERE}))
) AS students
FROM class CROSS JOIN week
"""


class AcknowledgementRepository:
    """Every query of the slice."""

    async def of_class(
        self, reads: asyncpg.Pool, caller: Caller, group_id: UUID, day: date | None, moment: datetime
    ) -> asyncpg.Record | None:
        """The pupils of the class in the week of a day (none: the present one), who could sign, who has; None when not the caller's to see."""
        return await reads.fetchrow(_CLASS_WEEK, *caller.key, group_id, moment, day)
