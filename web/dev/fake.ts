/** A stand-in for the gateway while the page is developed alone. Never part of the built page. */
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Plugin } from 'vite'

import { attendance, lessons, marks, personas, pupils, TODAY, uuid } from './data'
import * as pages from './pages'

type Body = Record<string, unknown>
interface Call { method: string; path: string; query: URLSearchParams; body: Body; persona: string; role: string }
type Answer = [number, unknown]

const messages = [
  { body: 'Добрый день. Завтра контрольная, принесите линейки.', author_name: 'Соколова Анна Викторовна', author_id: 'teacher', author_role: 'TEACHER', at: -90000000 },
  { body: 'Спасибо, передам.', author_name: 'Белова Ольга Сергеевна', author_id: 'guardian', author_role: 'GUARDIAN', at: -3600000 },
  { body: 'Можно ли писать карандашом?', author_name: 'Лебедев Павел Ильич', author_id: 'p', author_role: 'GUARDIAN', at: -1800000 },
].map(({ at, ...one }, index) => ({ ...one, id: uuid('6', index), seq: index + 1, posted_at_ms: Date.now() + at, client_message_id: uuid('5', index) }))

function session(call: Call): object {
  const persona = personas[call.persona]
  if (!persona) return { authenticated: false, person: null, role: null, roles: [], missing_consents: [], notice: '', expires_at: 0, server_time: Date.now() }
  const roles = persona.roles as { id: string }[]
  return { authenticated: true, person: { id: call.persona, display_name: persona.name }, role: roles.find((one) => one.id === call.role) ?? (call.role === 'none' ? null : roles[0]),
    roles, missing_consents: call.role === 'consent' ? ['personal'] : [], notice: '', expires_at: Date.now() + 3600000, server_time: Date.now() }
}

const chat = () => ({ id: uuid('4', 1), title: '7А: родители', kind: 'GUARDIANS', group_name: '7А', members: 54, last_seq: messages.length, read_seq: 2, unread: messages.length - 2, last_message: messages[messages.length - 1], can_write: true })

function setMark(lesson: string, student: string, body: Body): Answer {
  const row = pupils.findIndex((one) => one.id === student)
  const column = lessons.findIndex((one) => one.id === lesson)
  const cell = marks.find((one) => one[0] === row && one[1] === column)
  const version = cell?.[3] ?? 0
  if (row === 8 && body.expected_version === version) {
    return [409, { code: 'journal.MARK_CHANGED', params: { current_value: '4', current_author: 'Морозова Елена Павловна', current_at_ms: String(Date.now() - 60000), current_version: String(version + 1), your_value: String(body.value) } }]
  }
  if (cell) { cell[2] = String(body.value); cell[3] += 1 } else marks.push([row, column, String(body.value), 1])
  return [200, { lesson_id: lesson, student_id: student, value: body.value, version: version + 1, author_name: 'Соколова Анна Викторовна', changed_at_ms: Date.now(), average: pages.page().averages[row] ?? 0 }]
}

function setAttendance(lesson: string, student: string, body: Body): Answer {
  const row = pupils.findIndex((one) => one.id === student)
  const column = lessons.findIndex((one) => one.id === lesson)
  const cell = attendance.find((one) => one[0] === row && one[1] === column)
  if (cell) { cell[2] = String(body.status); cell[4] += 1 } else attendance.push([row, column, String(body.status), Number(body.minutes_late), 1])
  return [200, { lesson_id: lesson, student_id: student, status: body.status, minutes_late: body.minutes_late, version: Number(body.expected_version) + 1, author_name: '', changed_at_ms: Date.now() }]
}

function post(call: Call): Answer {
  const message = { id: uuid('6', messages.length), seq: messages.length + 1, author_id: call.persona, author_name: personas[call.persona]?.name ?? '', author_role: 'TEACHER', body: String(call.body.body), posted_at_ms: Date.now(), client_message_id: String(call.body.client_message_id) }
  messages.push(message)
  return [200, { message_id: message.id, seq: message.seq, posted_at_ms: message.posted_at_ms }]
}

const routes: [string, RegExp, (call: Call, ...parts: string[]) => Answer][] = [
  ['GET', /^\/session$/, (call) => [200, session(call)]],
  ['POST', /^\/session\/role$/, (call) => [200, session({ ...call, role: String(call.body.role_id) })]],
  ['GET', /^\/status\.json$/, () => [200, { state: 'partly', words: '', parts: ['sessions', 'sign-in', 'identity', 'roles', 'journal', 'library', 'messaging', 'analytics'].map((name) => ({ name, title: name, works: name !== 'library', since_ms: Date.now() - 5400000, words: '' })) }]],
  ['GET', /^\/profile$/, (call) => [200, { person_id: call.persona, display_name: personas[call.persona]?.name, birth_date: '1984-03-12', trusted: true, esia_updated_at_ms: Date.now() - 5000000, consents: [{ purpose: 'personal', title: 'Обработка персональных данных', version: '1', given_at_ms: Date.now() - 86400000 }], has_email: false }]],
  ['GET', /^\/consents$/, () => [200, { consents: [{ purpose: 'personal', title: 'Обработка персональных данных', text: 'Школа получает из Госуслуг ваше имя и дату рождения.\n\n'.repeat(9), version: '1' }] }]],
  ['POST', /^\/consents$/, () => [200, { missing_consents: [] }]],
  ['GET', /^\/sessions$/, () => [200, { sessions: [{ id: 's1', device: 'Chrome, Linux', opened_at_ms: Date.now() - 3600000, seen_at_ms: Date.now(), current: true }, { id: 's2', device: 'Safari, iPhone', opened_at_ms: Date.now() - 93600000, seen_at_ms: Date.now() - 7200000, current: false }] }]],
  ['DELETE', /^\/sessions\/(.+)$/, () => [204, null]],
  ['GET', /^\/gradebooks$/, () => [200, pages.gradebooks()]],
  ['GET', /^\/gradebooks\/([^/]+)$/, () => [200, pages.page()]],
  ['GET', /^\/lessons\/([^/]+)$/, (_, id = '') => [200, pages.lesson(id)]],
  ['PATCH', /^\/lessons\/([^/]+)$/, (call, id) => { Object.assign(lessons.find((one) => one.id === id) ?? {}, { topic: call.body.topic, work_type: call.body.work_type }); return [200, { lesson_id: id, version: 2, changed_at_ms: Date.now() }] }],
  ['PUT', /^\/lessons\/([^/]+)\/homework$/, (call, id = '') => { pages.homework[id] = { ...call.body, id: uuid('3', 1), due_day: '2026-11-25', version: 1, author_name: '', changed_at_ms: Date.now() }; return [200, { homework_id: uuid('3', 1), version: 1, changed_at_ms: Date.now(), due_lesson_id: '', due_day: '2026-11-25' }] }],
  ['PUT', /^\/lessons\/([^/]+)\/marks\/([^/]+)$/, (call, lesson = '', student = '') => setMark(lesson, student, call.body)],
  ['PUT', /^\/lessons\/([^/]+)\/attendance\/([^/]+)$/, (call, lesson = '', student = '') => setAttendance(lesson, student, call.body)],
  ['GET', /^\/lessons\/.+\/history$/, () => [200, { changes: [{ old_value: '', new_value: '3', author_name: 'Соколова Анна Викторовна', at_ms: Date.now() - 90000000, comment: '', version: 1 }, { old_value: '3', new_value: '4', author_name: 'Морозова Елена Павловна', at_ms: Date.now() - 60000, comment: 'пересдача', version: 2 }] }]],
  ['GET', /^\/day$/, () => [200, pages.day()]],
  ['GET', /^\/periods$/, () => [200, { periods: pages.page().periods, today: TODAY }]],
  ['GET', /^\/students\/([^/]+)\/diary$/, (_, id = '') => [200, pages.diary(id)]],
  ['GET', /^\/students\/([^/]+)\/marks$/, (_, id = '') => [200, pages.studentMarks(id)]],
  ['POST', /^\/students\/([^/]+)\/diary\/acknowledgements$/, (_, id = '') => { pages.acknowledged[id] = Date.now(); return [200, { acknowledged_at_ms: Date.now() }] }],
  ['GET', /^\/library\/items$/, () => [200, pages.items()]],
  ['GET', /^\/library\/items\/([^/]+)$/, (_, id = '') => [200, pages.itemPage(id)]],
  ['POST', /^\/library\/items\/([^/]+)\/opens$/, () => [200, { content_url: '' }]],
  ['GET', /^\/library\/reviews$/, () => [200, pages.reviews()]],
  ['POST', /^\/library\/items\/([^/]+)\/decision$/, () => [200, { item_id: '', status: 'APPROVED', version: 2 }]],
  ['GET', /^\/chats$/, () => [200, { chats: [chat(), { ...chat(), id: uuid('4', 2), title: '7А: ученики', kind: 'STUDENTS', unread: 0, last_message: null, members: 30 }] }]],
  ['GET', /^\/chats\/([^/]+)\/messages$/, () => [200, { messages, last_seq: messages.length, read_seq: 2, has_more: false }]],
  ['POST', /^\/chats\/([^/]+)\/messages$/, (call) => post(call)],
  ['POST', /^\/chats\/([^/]+)\/read$/, (call) => [200, { seq: call.body.seq }]],
  ['GET', /^\/statistics\/lessons$/, () => [200, pages.lessonsBehind()]],
  ['GET', /^\/statistics\/.+$/, () => [200, pages.statistics()]],
  ['GET', /^\/organisations$/, () => [200, pages.organisations()]],
  ['GET', /^\/organisations\/.+$/, () => [200, pages.organisation()]],
  ['GET', /^\/groups\/.+$/, () => [200, pages.group()]],
  ['GET', /^\/people$/, (call) => [200, { people: pupils.filter((one) => one.name.toLowerCase().includes((call.query.get('q') ?? '').toLowerCase())).slice(0, 5).map((one) => ({ ...one, kind: 'STUDENT', group_name: '7А' })) }]],
  ['POST', /^\/imports$/, () => [200, pages.schoolImport('PREVIEW')]],
  ['POST', /^\/imports\/.+\/confirm$/, () => [200, pages.schoolImport('DONE')]],
  ['GET', /^\/imports\/.+$/, () => [200, pages.schoolImport('PREVIEW')]],
]

async function read(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  try {
    return JSON.parse(Buffer.concat(chunks).toString() || '{}') as Body
  } catch {
    return {}
  }
}

function cookie(request: IncomingMessage, name: string): string | undefined {
  return new RegExp(`${name}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1]
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const path = url.pathname.replace(/^\/api\/v1/, '')
  const call: Call = { method: request.method ?? 'GET', path, query: url.searchParams, body: await read(request), persona: cookie(request, 'persona') ?? 'teacher', role: cookie(request, 'role') ?? '' }
  const route = routes.find(([method, pattern]) => method === call.method && pattern.test(path))
  const [status, body] = route ? route[2](call, ...(route[1].exec(path)?.slice(1) ?? [])) : [404, { code: 'HTTP_404', status: 404 }]
  await new Promise((done) => setTimeout(done, 60))
  response.statusCode = status
  response.setHeader('Content-Type', 'application/json')
  response.end(status === 204 ? '' : JSON.stringify(body))
}

export function fakeGateway(): Plugin {
  return {
    name: 'fake-gateway',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        if (request.url?.startsWith('/api/') || request.url === '/status.json') void answer(request, response)
        else next()
      })
    },
  }
}
