/** Ready answers of the invented gateway, by route. */
import { attendance, averages, lessons, marks, pupils, teachers, TODAY, uuid } from './data'

const period = { id: uuid('f', 2), name: '2 четверть', first_day: '2026-11-09', last_day: '2026-12-29' }
const periods = [{ id: uuid('f', 1), name: '1 четверть', first_day: '2026-09-01', last_day: '2026-10-30' }, period]
const gradebook = { id: uuid('9', 1), group_id: uuid('e', 1), group_name: '7А', subject: 'Алгебра', teachers }

export const gradebooks = () => ({
  gradebooks: [['7А', 'Алгебра', 30], ['7Б', 'Алгебра', 27], ['8А', 'Геометрия', 28]].map(([group_name, subject, students], index) => ({
    ...gradebook, id: uuid('9', index + 1), group_name, subject, students, grade: 7, homeroom: index === 0,
    next_lesson: { id: uuid('b', 9), day: TODAY, number: 3, starts_at: '10:20' },
  })),
})

export const page = () => ({ gradebook, period, periods, today: TODAY, lessons, students: pupils, marks, attendance, averages: averages() })

export const homework: Record<string, object> = {}

export const lesson = (id: string) => {
  const index = lessons.findIndex((one) => one.id === id)
  const found = lessons[index] ?? lessons[0]
  const next = lessons[index + 1]
  return {
    ...found, gradebook_id: gradebook.id, group_name: '7А', subject: 'Алгебра', teacher_name: teachers[0]?.name,
    homework: homework[id] ?? null, due: null, next_lesson: next ? { id: next.id, day: next.day, number: 3 } : null,
    load: ['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27'].map((day, at) => ({ day, minutes: [45, 70, 115, 60, 40][at] })),
  }
}

const dayLesson = (index: number, part: object) => ({
  id: uuid('b', 9 + index), gradebook_id: gradebook.id, number: index + 1, room: '214', homework_due: '', has_topic: true, has_homework: true,
  marks: 0, absent: 0, students: 30, ...part,
})

export const day = () => ({
  date: TODAY, today: TODAY, period_name: '2 четверть', week_number: 3,
  lessons: [
    dayLesson(0, { group_name: '7Б', subject: 'Алгебра', starts_at: '08:30', ends_at: '09:10', topic: 'Десятичные дроби', state: 'past', marks: 12 }),
    dayLesson(1, { group_name: '8А', subject: 'Геометрия', starts_at: '09:25', ends_at: '10:05', topic: '', has_topic: false, has_homework: false, state: 'past' }),
    dayLesson(2, { group_name: '7А', subject: 'Алгебра', starts_at: '10:20', ends_at: '11:00', topic: 'Сложение дробей с разными знаменателями', state: 'next', absent: 1 }),
    dayLesson(3, { group_name: '9В', subject: 'Алгебра', starts_at: '11:20', ends_at: '12:00', topic: 'Квадратные уравнения', state: 'later' }),
  ],
  waiting: [
    { kind: 'topic', lesson_id: uuid('b', 10), gradebook_id: gradebook.id, group_name: '8А', subject: 'Геометрия', day: TODAY, starts_at: '09:25' },
    { kind: 'homework', lesson_id: uuid('b', 10), gradebook_id: gradebook.id, group_name: '8А', subject: 'Геометрия', day: TODAY, starts_at: '09:25' },
    { kind: 'density', lesson_id: '', gradebook_id: gradebook.id, group_name: '8А', subject: 'Геометрия', day: TODAY, starts_at: '' },
  ],
  density: [['7А', 28, 30], ['7Б', 22, 27], ['8А', 13, 28]].map(([group_name, with_enough, students], index) => ({
    gradebook_id: uuid('9', index + 1), group_name, subject: 'Алгебра', with_enough, students })),
})

const student = (id: string) => {
  const found = pupils.find((one) => one.id === id) ?? pupils[1]
  return { id: found?.id, full_name: found?.full_name, name: found?.name, group_name: '7А' }
}

const subjects = ['Русский язык', 'Алгебра', 'История', 'Физкультура', 'Биология', 'Литература']
const times = ['08:30', '09:25', '10:20', '11:20', '12:20', '13:15']

export const acknowledged: Record<string, number> = {}

export const diary = (id: string) => ({
  student: student(id), week: { monday: '2026-11-23', sunday: '2026-11-29', previous: '2026-11-16', next: '2026-11-30' },
  period_name: '2 четверть', today: TODAY,
  acknowledged: acknowledged[id] ? { by: 'Белова Ольга Сергеевна', at_ms: acknowledged[id] } : null,
  days: ['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27'].map((one, dayIndex) => ({
    day: one,
    lessons: subjects.slice(0, 5 + (dayIndex % 2)).map((subject, index) => ({
      id: uuid('b', 100 + dayIndex * 10 + index), number: index + 1, starts_at: times[index], ends_at: '', subject, teacher: 'Котов Иван Сергеевич', room: '214', topic: '',
      mark: one <= TODAY && index !== 2 && index !== 3 ? { value: ['4', '5', '', '', '4', '5'][index], previous_value: index === 4 ? '3' : '', version: 1, author: 'Соколова Анна Викторовна', at_ms: Date.now(), comment: index === 4 ? 'пересдача' : '', work_type: index === 1 ? 'TEST' : '' } : null,
      attendance: index === 3 && one <= TODAY ? { status: 'LATE', minutes_late: 5 } : null,
      homework: index % 2 === 0 || index === 1 ? { text: ['Упр. 214, выучить правило', '§ 14, № 312–318. Повторить правило.', '§ 9, вопросы', '', 'Подготовить сообщение о грибах'][index], minutes: 25, items: index === 1 ? [{ item_id: uuid('8', 1), title: 'Дроби: тренажёр' }] : [] } : null,
    })),
  })),
})

export const studentMarks = (id: string) => ({
  student: student(id), period, periods,
  subjects: subjects.map((subject, at) => ({
    gradebook_id: uuid('9', at + 1), subject, average: at === 3 ? null : 3.4 + at * 0.29, absences: at % 3,
    marks: at === 3 ? [] : lessons.slice(0, 4 + at).map((one, index) => ({ lesson_id: one.id, day: one.day, value: String(3 + ((index + at) % 3)), work_type: one.work_type, weight: one.weight, topic: one.topic })),
  })),
})

const item = (index: number) => ({
  id: uuid('8', index), title: ['Дроби: тренажёр', 'Сложение дробей', 'Обыкновенные дроби: видеоурок', 'Фотосинтез'][index % 4],
  summary: 'Двенадцать заданий с подсказками и разбором. Подходит для повторения перед контрольной.', subject: index % 4 === 3 ? 'Биология' : 'Математика',
  grades: [5, 6], kind: ['SIMULATION', 'TEST', 'VIDEO', 'LESSON'][index % 4], provider_name: 'Просвещение', duration_minutes: 15, published_at_ms: Date.now() - 86400000 * index,
})

export const items = () => ({
  items: Array.from({ length: 12 }, (_, index) => item(index)), total: 48, next_page_token: '',
  facets: { subjects: [{ value: 'Математика', count: 36 }, { value: 'Биология', count: 12 }], kinds: [{ value: 'VIDEO', count: 12 }, { value: 'TEST', count: 12 }] },
})

export const itemPage = (id: string) => ({ ...item(1), id, body_html: '<h3>Как складывать дроби</h3><p>Приведите дроби к общему знаменателю.</p>', content_url: '', status: 'APPROVED', version: 2, verdict_comment: '' })

export const reviews = () => ({ items: [0, 1, 3].map((index) => ({ ...item(index), version: 1, submitted_at_ms: Date.now() - 3600000 * (index + 1) })), total: 3, next_page_token: '' })

const totals = { lessons: 412, described: 371, homework: 355, marks: 2930, attendance: 214, acknowledgements: 118, messages: 64, item_openings: 97, sessions: 402, teachers_active: 54, families_active: 388 }
const weeks = ['2026-10-05', '2026-10-12', '2026-10-19', '2026-10-26', '2026-11-09', '2026-11-16', '2026-11-23'].map((week, index) => ({ week, lessons: 60, described: 40 + index * 3, marks: 350 + index * 22, homework: 45 + index }))

export const statistics = () => ({
  first_day: '2026-10-01', last_day: TODAY, updated_at_ms: Date.now(), totals, weeks,
  gradebooks: [['7А', 'Алгебра', 40, 38, 310], ['7Б', 'Алгебра', 40, 31, 250], ['8А', 'Геометрия', 28, 12, 90]].map(([group_name, subject, count, described, given], index) => ({ gradebook_id: uuid('9', index + 1), group_name, subject, lessons: count, described, marks: given })),
  teachers: teachers.concat([{ id: uuid('c', 3), name: 'Котов Иван Сергеевич' }]).map((one, index) => ({ teacher_id: one.id, name: one.name, lessons: 120 - index * 9, described: 118 - index * 30, described_share: (118 - index * 30) / (120 - index * 9), marks: 640 - index * 130, homework: 110 - index * 20, messages: 12, last_act_at_ms: Date.now() - index * 7200000 })),
})

export const lessonsBehind = () => ({ lessons: lessons.slice(0, 8).map((one, index) => ({ lesson_id: one.id, gradebook_id: gradebook.id, day: one.day, number: 3, group_name: '7А', subject: 'Алгебра', teacher_name: teachers[0]?.name, marks: index * 2, attendance: index, has_topic: index % 3 !== 0, has_homework: index % 2 === 0 })), total: 8, next_page_token: '' })

export const organisations = () => ({ organisations: [['Школа № 12', 30, 800, 60], ['Школа № 5', 12, 310, 24]].map(([name, groups, students, count], index) => ({ id: uuid('d', index + 1), short_name: name, full_name: `МБОУ «${name}»`, ogrn: '1020000000012', region_code: '99', groups, students, teachers: count })), total: 2, next_page_token: '' })

export const organisation = () => ({
  id: uuid('d', 1), short_name: 'Школа № 12', full_name: 'МБОУ «Школа № 12»', ogrn: '1020000000012',
  groups: ['4А', '7А', '7Б', '8А', '9В'].map((name, index) => ({ id: uuid('e', index + 1), name, grade: Number.parseInt(name, 10), students: 27 + index, homeroom_teacher: teachers[index % 2]?.name })),
  staff: teachers.map((one, index) => ({ person_id: one.id, full_name: one.name, roles: [{ id: `s${index}`, type: 'TEACHER', status: 'ACTIVE', version: 1 }] })),
})

export const group = () => ({ id: uuid('e', 1), name: '7А', grade: 7, homeroom_teacher: teachers[0]?.name, teachers: teachers.map((one) => ({ ...one, subject: 'Алгебра' })), students: pupils.map((one) => ({ id: one.id, full_name: one.full_name, guardians: [{ id: 'g', full_name: `${one.name.split(' ')[0]} Ольга Сергеевна` }] })) })

export const schoolImport = (status: string) => ({
  id: uuid('7', 1), organisation_id: uuid('d', 1), file_name: 'Школа 12.xlsx', status, counts: { rows: 861, create: 12, update: 4, unchanged: 842, invalid: 3 }, next_page_token: '',
  rows: [
    { line: 14, sheet: 'Ученики', kind: 'STUDENT', action: 'INVALID', label: 'Белов Тимур', errors: [{ field: 'СНИЛС', message: 'Контрольное число не сходится' }] },
    { line: 22, sheet: 'Ученики', kind: 'STUDENT', action: 'CREATE', label: 'Новикова Анна', errors: [] },
    { line: 8, sheet: 'Учителя', kind: 'TEACHER', action: 'UPDATE', label: 'Котов Иван Сергеевич', errors: [] },
  ],
})
