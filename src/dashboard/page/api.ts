/** Asks the engine. The cookie of the session goes with each request; the page knows no token. */
import { signal } from '@preact/signals'
import { createClient } from '../../client/index.js'

export const api = createClient({ url: location.origin })

/** Whether this browser may change something; undefined before that is known, null for one that is not signed in. */
export const mayChange = signal<boolean | null | undefined>(undefined)

/** What the engine says is wrong. */
class Refusal extends Error {}

interface Answer<T> {
  readonly data?: T | undefined
  readonly error?: unknown
  readonly response: Response
}

/** Returns the result of a request. @throws Refusal. */
export async function resultOf<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asked
  if (response.status === 401) mayChange.value = null
  if (data !== undefined) return data
  const { detail } = (error ?? {}) as { readonly detail?: string }
  throw new Refusal(detail ?? `${response.status} ${response.statusText}`)
}

/** Returns what to tell of an error. */
export function errorText(error: unknown): string {
  if (error instanceof Refusal) return error.message
  if (error instanceof TypeError)
    return 'the engine does not answer; is it running? (`ipfs-kit status`)'
  return error instanceof Error ? error.message : String(error)
}

/** Learns what this browser may do. */
export async function readSession(): Promise<void> {
  try {
    const answer = await fetch('/dashboard/session')
    const { read_only: isReadOnly } = (await answer.json()) as { readonly read_only?: boolean }
    mayChange.value = answer.ok ? isReadOnly !== true : null
  } catch {
    // Nobody answers: what is known stays.
    mayChange.value ??= null
  }
}

export async function signOut(): Promise<void> {
  const { ok: isDone, statusText } = await fetch('/dashboard/session', { method: 'DELETE' })
  if (!isDone) throw new Error(statusText)
  mayChange.value = null
}

/** Lets long work be a job of the engine. */
export const AS_JOB = { headers: { prefer: 'respond-async' } } as const
