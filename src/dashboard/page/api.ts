/** Asks the engine. The cookie of the session goes with each request; the page knows no token. */
import { createClient } from '../../client/index.js'

export const api = createClient({ url: location.origin })

/** What the engine says is wrong. */
export class Refusal extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

interface Answer<T> {
  readonly data?: T
  readonly error?: unknown
  readonly response: Response
}

/** Returns the result of a request. @throws Refusal. */
export async function resultOf<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asked
  if (data !== undefined) return data
  const { detail, code } = (error ?? {}) as { readonly detail?: string; readonly code?: string }
  throw new Refusal(code ?? `HTTP_${response.status}`, detail ?? response.statusText)
}
