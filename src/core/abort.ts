/**
 * Abort signals that many wait on. A listener for each of a million leaves on one signal would cost
 * a million times a million steps, because an EventTarget goes through its listeners whenever one is
 * added or removed. So each signal has one listener, which calls all that wait.
 */
import { setMaxListeners } from 'node:events'

type Callback = () => void

/** The callbacks of each signal that somebody waits on. */
const waiting = new WeakMap<AbortSignal, Set<Callback>>()

/** Returns a controller without Node's warning about many listeners. */
export function abortController(): AbortController {
  const controller = new AbortController()
  allowManyListeners(controller.signal)
  return controller
}

export function allowManyListeners(signal: AbortSignal): void {
  setMaxListeners(0, signal)
}

/**
 * Calls `callback` once when the signal is aborted, in constant time however many wait on it.
 * @returns ends the wait. It must be called, since a signal may outlive many waits.
 */
export function onAbort(signal: AbortSignal, callback: Callback): () => void {
  const callbacks = waiting.get(signal) ?? callbacksOf(signal)
  // An entry of its own, because one callback may wait twice.
  const entry = (): void => callback()
  callbacks.add(entry)
  return () => void callbacks.delete(entry)
}

function callbacksOf(signal: AbortSignal): Set<Callback> {
  const callbacks = new Set<Callback>()
  waiting.set(signal, callbacks)
  const callAll = (): void => {
    for (const callback of callbacks) {
      callbacks.delete(callback)
      callback()
    }
  }
  signal.addEventListener('abort', callAll, { once: true })
  return callbacks
}

/** Returns a promise that rejects with the signal's reason, and how to end it. */
export function abortion(signal: AbortSignal): {
  readonly aborted: Promise<never>
  readonly end: () => void
} {
  let end: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => {
    const leave = (): void => reject(signal.reason as Error)
    if (signal.aborted) leave()
    else end = onAbort(signal, leave)
  })
  aborted.catch(() => undefined)
  return { aborted, end }
}

/** Waits for work that others wait for too, or that no signal ends: the signal ends this wait alone. */
export async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined
): Promise<T> {
  if (signal === undefined) return await work
  const { aborted, end } = abortion(signal)
  try {
    return await Promise.race([work, aborted])
  } finally {
    end()
  }
}
