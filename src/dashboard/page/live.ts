/** Events of the engine, by a WebSocket that is opened again when it ends. */
import { signal } from '@preact/signals'
import { api, errorText, mayChange, readSession, resultOf } from './api.js'
import { notify } from './notices.js'

export interface News {
  readonly id: number
  readonly time: string
  readonly type: string
  readonly [field: string]: unknown
}

/** The last events, the newest first. */
export const news = signal<readonly News[]>([])
/** Whether events come. */
export const isLive = signal(false)
export const hasBeenLive = signal(false)

const MOST_KEPT = 200
/** More than the engine keeps. */
const MOST_TOLD = 10_000
const LONGEST_PAUSE_MS = 30_000

type Listener = (news: News) => void
const listeners = new Set<Listener>()

/** @returns a function that ends it. */
export function onNews(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

let last: number | undefined
let pause = 500

/** Tells what happened before, and what happens, for as long as the page is open. */
export async function follow(): Promise<void> {
  try {
    const query = { limit: MOST_TOLD }
    const found = await resultOf(api.GET('/api/v1/events/recent', { params: { query } }))
    news.value = found.events.slice(-MOST_KEPT).toReversed()
    last = found.last_id
  } catch (error) {
    notify(`Earlier events: ${errorText(error)}`, true)
  }
  watch()
}

function watch(): void {
  const after = last === undefined ? '' : `?after=${last}`
  const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/v1/events${after}`)
  const stop = mayChange.subscribe((rights) => {
    if (rights === null) socket.close()
  })
  socket.addEventListener('open', () => {
    isLive.value = true
    hasBeenLive.value = true
    pause = 500
  })
  socket.addEventListener('message', ({ data }) => take(JSON.parse(String(data)) as News))
  socket.addEventListener('close', () => {
    isLive.value = false
    stop()
    // The engine may have ended, and the session with it.
    void readSession()
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    setTimeout(() => mayChange.value === null || watch(), pause)
  })
}

function take(one: News): void {
  last = one.id
  for (const listener of listeners) listener(one)
  if (one.type !== 'ready') news.value = [one, ...news.value].slice(0, MOST_KEPT)
}
