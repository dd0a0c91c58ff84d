import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { saveHomework, saveLesson, type AttachedItem, type Lesson, type WorkType } from '@/api/journal'

export interface LessonDraft {
  topic: string
  workType: WorkType
  text: string
  minutes: number
  items: AttachedItem[]
}

const KEY = 'myschool.draft.lesson.'

export function draftOf(lesson: Lesson): LessonDraft {
  return {
    topic: lesson.topic,
    workType: lesson.work_type,
    text: lesson.homework?.text ?? '',
    minutes: lesson.homework?.minutes ?? 0,
    items: lesson.homework?.items ?? [],
  }
}

function stored(id: string): LessonDraft | null {
  return JSON.parse(localStorage.getItem(KEY + id) ?? 'null') as LessonDraft | null
}

const equal = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** What the teacher is writing about a lesson: kept on the device until the server has it. */
export function useLessonDraft(lesson: Lesson) {
  const client = useQueryClient()
  const server = draftOf(lesson)
  const [local, setLocal] = useState<LessonDraft | null>(() => stored(lesson.id))
  const draft = local ?? server
  const changed = !equal(draft, server)

  const saving = useMutation({
    mutationFn: () => save(lesson, server, draft),
    onSuccess: () => {
      localStorage.removeItem(KEY + lesson.id)
      return Promise.all([
        client.invalidateQueries({ queryKey: ['lesson', lesson.id] }).then(() => setLocal(null)),
        client.invalidateQueries({ queryKey: ['gradebook', lesson.gradebook_id] }),
        client.invalidateQueries({ queryKey: ['day'] }),
      ])
    },
    // Somebody else has changed the lesson: its present text and version are needed for the next try.
    onError: () => client.invalidateQueries({ queryKey: ['lesson', lesson.id] }),
  })

  const change = (part: Partial<LessonDraft>) => {
    const next = { ...draft, ...part }
    setLocal(next)
    localStorage.setItem(KEY + lesson.id, JSON.stringify(next))
  }
  return { draft, changed, change, saving }
}

async function save(lesson: Lesson, server: LessonDraft, draft: LessonDraft): Promise<number> {
  let at = 0
  if (draft.topic !== server.topic || draft.workType !== server.workType) {
    const body = { topic: draft.topic, work_type: draft.workType, expected_version: lesson.version }
    at = (await saveLesson(lesson.id, body)).changed_at_ms
  }
  const { text, minutes, items } = draft
  if (!equal({ text, minutes, items }, { text: server.text, minutes: server.minutes, items: server.items })) {
    const due = lesson.homework?.due_lesson_id ?? lesson.next_lesson?.id ?? ''
    const version = lesson.homework?.version ?? 0
    at = (await saveHomework(lesson.id, { text, minutes, items, due_lesson_id: due, expected_version: version })).changed_at_ms
  }
  return at
}
