/** Abort signals without Node's warning about many listeners: a prefetch adds one per block. */
import { setMaxListeners } from 'node:events'

export function abortController(): AbortController {
  const controller = new AbortController()
  allowManyListeners(controller.signal)
  return controller
}

export function allowManyListeners(signal: AbortSignal): void {
  setMaxListeners(0, signal)
}
