/** Short notices of what was done, or could not be. */
import { signal } from '@preact/signals'
import { errorText } from './api.js'

interface Notice {
  readonly id: number
  readonly text: string
  readonly isError: boolean
}

const notices = signal<readonly Notice[]>([])
let serial = 0
const SHOWN_MS = 8000

export function notify(text: string, isError = false): void {
  const id = ++serial
  notices.value = [...notices.value, { id, text, isError }]
  setTimeout(() => dismiss(id), isError ? SHOWN_MS * 2 : SHOWN_MS)
}

const dismiss = (id: number): void => {
  notices.value = notices.value.filter((one) => one.id !== id)
}

/** Does something that a person asked for, and tells how it went. @returns whether it was done. */
export async function attempt(what: string, work: Promise<unknown>): Promise<boolean> {
  try {
    const found = await work
    notify(isJob(found) ? `${what}: begun; see Jobs` : `${what}: done`)
    return true
  } catch (error) {
    notify(`${what}: ${errorText(error)}`, true)
    return false
  }
}

const isJob = (found: unknown): boolean =>
  typeof found === 'object' && found !== null && 'job' in found

export const Notices = () => (
  <div class="notices" role="status" aria-live="polite">
    {notices.value.map(({ id, text, isError }) => (
      <p key={id} class={isError ? 'notice bad' : 'notice'}>
        <span>{text}</span>
        <button class="plain" aria-label="Dismiss" onClick={() => dismiss(id)}>
          ×
        </button>
      </p>
    ))}
  </div>
)
