/** An invented class for developing the page without the services. */

export const TODAY = '2026-11-24'

export const pupils = [
  'Абрамова Алиса', 'Белов Тимур', 'Васильева Мария', 'Гаврилов Артём', 'Давыдова София', 'Егоров Матвей', 'Жукова Полина',
  'Зайцев Кирилл', 'Ильина Вероника', 'Калинин Лев', 'Лебедева Ксения', 'Макаров Даниил', 'Никитина Ева', 'Орлов Максим',
  'Павлова Дарья', 'Романов Иван', 'Семёнова Арина', 'Тарасов Марк', 'Ушакова Варвара', 'Фёдоров Роман', 'Хасанова Амина',
  'Цветков Глеб', 'Чернова Злата', 'Шестаков Пётр', 'Щербакова Нина', 'Юдин Степан', 'Яковлева Майя', 'Антонов Фёдор',
  'Борисова Лада', 'Виноградов Клим',
].map((name, index) => ({ id: uuid('a', index), name, full_name: `${name} Сергеевич` }))

export function uuid(letter: string, index: number): string {
  return `${letter.repeat(8)}-0000-4000-8000-${String(index).padStart(12, '0')}`
}

const topics = ['Обыкновенные дроби', 'Сокращение дробей', 'Сравнение дробей', 'Сложение дробей с разными знаменателями', 'Вычитание дробей']

function days(): string[] {
  const found: string[] = []
  const date = new Date('2026-11-09T12:00:00Z')
  while (found.length < 30) {
    if ([1, 3, 4, 5].includes(date.getUTCDay())) found.push(date.toISOString().slice(0, 10))
    date.setUTCDate(date.getUTCDate() + 1)
  }
  return [...new Set([...found, TODAY])].sort()
}

export const lessons = days().map((day, index) => ({
  id: uuid('b', index),
  day,
  number: 3,
  starts_at: '10:20',
  ends_at: '11:00',
  room: '214',
  topic: day <= TODAY ? (topics[index % topics.length] ?? '') : '',
  work_type: index % 5 === 1 ? 'TEST' : index % 7 === 4 ? 'INDEPENDENT' : '',
  weight: index % 5 === 1 ? 2 : 1,
  version: 1,
  has_homework: day < TODAY,
}))

/** Always the same «random» numbers 0–1. */
function noise(a: number, b: number): number {
  const value = Math.sin(a * 127.1 + b * 311.7) * 43758.5453
  return value - Math.floor(value)
}

export const marks: [number, number, string, number][] = []
export const attendance: [number, number, string, number, number][] = []
pupils.forEach((_, student) => {
  lessons.forEach((lesson, index) => {
    if (lesson.day > TODAY) return
    const chance = noise(student, index)
    if (chance < 0.34) {
      const value = noise(index, student)
      marks.push([student, index, value < 0.05 ? '2' : value < 0.25 ? '3' : value < 0.6 ? '4' : '5', 1])
    } else if (chance > 0.94) {
      attendance.push([student, index, chance > 0.98 ? 'ILL' : chance > 0.96 ? 'LATE' : 'ABSENT', chance > 0.96 && chance <= 0.98 ? 5 : 0, 1])
    }
  })
})

export function averages(): (number | null)[] {
  return pupils.map((_, student) => {
    let sum = 0
    let weights = 0
    for (const [row, column, value] of marks) {
      if (row !== student || !value) continue
      const weight = lessons[column]?.weight ?? 1
      sum += Number(value) * weight
      weights += weight
    }
    return weights ? sum / weights : null
  })
}

export const teachers = [
  { id: uuid('c', 1), name: 'Соколова Анна Викторовна' },
  { id: uuid('c', 2), name: 'Морозова Елена Павловна' },
]

const organisation = { organisation_id: uuid('d', 1), organisation_name: 'Школа № 12', region_code: '99', version: 1, status: 'ACTIVE' }
const nothing = { groups: [], children: [], student: null }

const children = [
  { id: pupils[1]?.id, full_name: 'Белов Тимур Андреевич', group_id: uuid('e', 1), group_name: '7А', organisation_name: 'Школа № 12' },
  { id: pupils[12]?.id, full_name: 'Белова Ева Андреевна', group_id: uuid('e', 2), group_name: '4А', organisation_name: 'Школа № 12' },
]

/** Persona by the cookie `persona`: teacher when there is none. */
export const personas: Record<string, { name: string; roles: object[] }> = {
  teacher: {
    name: 'Соколова Анна Викторовна',
    roles: [
      { id: 'r1', type: 'TEACHER', ...organisation, ...nothing, groups: [{ id: uuid('e', 1), name: '7А', homeroom: true, subjects: ['Алгебра'] }] },
      { id: 'r2', type: 'GUARDIAN', ...organisation, ...nothing, children: children.slice(0, 1) },
    ],
  },
  guardian: { name: 'Белова Ольга Сергеевна', roles: [{ id: 'r3', type: 'GUARDIAN', ...organisation, ...nothing, children }] },
  student: { name: 'Белов Тимур Андреевич', roles: [{ id: 'r4', type: 'STUDENT', ...organisation, ...nothing, student: { group_id: uuid('e', 1), group_name: '7А' } }] },
  head: { name: 'Орлов Игорь Николаевич', roles: [{ id: 'r5', type: 'HEAD', ...organisation, ...nothing }] },
  expert: { name: 'Кузнецова Мария Ивановна', roles: [{ id: 'r6', type: 'EXPERT', ...organisation, ...nothing, organisation_name: '' }] },
  coordinator: { name: 'Громова Светлана Юрьевна', roles: [{ id: 'r7', type: 'REGIONAL_COORDINATOR', ...organisation, ...nothing, organisation_name: '' }] },
}
