/** Signals that many may listen to: a file that is read ahead has a listener for each block. */
import { setMaxListeners } from 'node:events'

export function abortController(): AbortController {
  const controller = new AbortController()
  manyMayListen(controller.signal)
  return controller
}

export function manyMayListen(signal: AbortSignal): void {
  setMaxListeners(0, signal)
}
