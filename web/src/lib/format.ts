/** Words and numbers as the page shows them. Days are `YYYY-MM-DD` of the school's calendar, instants are epoch milliseconds. */
import i18n from '@/i18n'

const NBSP = '\u00a0'
/** Instants are shown in the zone of the device: a family looks at its own clock. */
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
let clockError = 0

/** A wrong clock of the device must not make «now» wrong on the page. */
export function setServerTime(ms: number): void {
  clockError = ms - Date.now()
}

export function now(): number {
  return Date.now() + clockError
}

function locale(): string {
  return i18n.language === 'en' ? 'en-GB' : 'ru-RU'
}

const formats = new Map<string, Intl.DateTimeFormat>()

function format(key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = `${locale()} ${options.timeZone ?? ''} ${key}`
  let found = formats.get(name)
  if (!found) {
    found = new Intl.DateTimeFormat(locale(), options)
    formats.set(name, found)
  }
  return found
}

/** A calendar day has no zone: it is read and shown as noon UTC. */
export function dayValue(day: string): Date {
  return new Date(`${day.slice(0, 10)}T12:00:00Z`)
}

export function isoDay(date: Date): string {
  return date.toISOString().slice(0, 10)
}

export function today(ms: number = now()): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(ms)
}

export function addDays(day: string, count: number): string {
  const date = dayValue(day)
  date.setUTCDate(date.getUTCDate() + count)
  return isoDay(date)
}

/** Monday of the week of `day`. */
export function monday(day: string): string {
  return addDays(day, -((dayValue(day).getUTCDay() + 6) % 7))
}

/** «пн». */
export function weekday(day: string): string {
  return format('wd', { weekday: 'short', timeZone: 'UTC' }).format(dayValue(day))
}

/** «24 ноября». */
export function dayMonth(day: string): string {
  return format('dm', { day: 'numeric', month: 'long', timeZone: 'UTC' }).format(dayValue(day))
}

/** «24 ноября 2026 г.»: of documents and what lasts for years. */
export function fullDate(day: string): string {
  return format('dmy', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }).format(dayValue(day))
}

/** «пн, 24 ноября». */
export function shortDate(day: string): string {
  return `${weekday(day)}, ${dayMonth(day)}`
}

/** «Понедельник, 24 ноября». */
export function longDate(day: string): string {
  return capital(`${format('wl', { weekday: 'long', timeZone: 'UTC' }).format(dayValue(day))}, ${dayMonth(day)}`)
}

/** «Ноябрь». */
export function monthName(day: string): string {
  return capital(format('m', { month: 'long', timeZone: 'UTC' }).format(dayValue(day)))
}

/** «24.11». */
export function dotDate(day: string): string {
  return `${day.slice(8, 10)}.${day.slice(5, 7)}`
}

/** «10:42» of an instant, in the school's zone. */
export function time(ms: number): string {
  return format('t', { hour: '2-digit', minute: '2-digit', timeZone: zone }).format(ms)
}

/** The school's calendar day of an instant. */
export function dayOf(ms: number): string {
  return today(ms)
}

/** «10:42» today, «пн, 24 ноября, 10:42» before. */
export function moment(ms: number): string {
  return dayOf(ms) === today() ? time(ms) : `${shortDate(dayOf(ms))}, ${time(ms)}`
}

/** «4,38»; an absent average is an empty text. */
export function average(value: number | null | undefined): string {
  return value == null ? '' : number(value, 2)
}

export function number(value: number, digits = 0): string {
  return value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** «86 %» of a share 0–1. */
export function percent(share: number): string {
  return `${number(Math.round(share * 100))}${NBSP}%`
}

/** «1,4 МБ». */
export function fileSize(bytes: number): string {
  const units = i18n.t('units.bytes', { returnObjects: true }) as string[]
  let value = bytes
  let step = 0
  while (value >= 1024 && step < units.length - 1) {
    value /= 1024
    step += 1
  }
  return `${number(value, value < 10 && step > 0 ? 1 : 0)}${NBSP}${units[step] ?? ''}`
}

/** «Соколова А. В.» of «Соколова Анна Викторовна». */
export function shortName(full: string): string {
  const [family = '', ...given] = full.trim().split(/\s+/)
  return [family, ...given.map((word) => `${word.charAt(0)}.`)].join(NBSP)
}

/** «Соколова Анна» of «Соколова Анна Викторовна»: how a class list names a pupil. */
export function listName(full: string): string {
  return full.trim().split(/\s+/).slice(0, 2).join(' ')
}

/** «Анна Викторовна»: how a person is addressed. */
export function address(full: string): string {
  return full.trim().split(/\s+/).slice(1).join(' ') || full
}

export function initials(full: string): string {
  const words = full.trim().split(/\s+/)
  return `${words[0]?.charAt(0) ?? ''}${words[1]?.charAt(0) ?? ''}`.toUpperCase()
}

export function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1)
}
