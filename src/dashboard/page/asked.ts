/** What a view asked for, and asks for again: now and then, and when an event says that it changed. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { errorText } from './api.js'
import { onNews } from './live.js'

export interface Asked<T> {
  /** Undefined before the first answer. */
  readonly data: T | undefined
  readonly error: string | undefined
  readonly reload: () => void
}

interface When {
  /** Milliseconds between two questions while the page is seen. */
  readonly every?: number
  /** Beginnings of the types of events after which to ask again. */
  readonly on?: readonly string[]
}

/** Events come in crowds, of which one question is enough. */
const SETTLE_MS = 300

/** @param key what is asked for: another one is asked at once. */
export function useAsked<T>(
  key: string,
  ask: () => Promise<T>,
  { every, on = [] }: When = {}
): Asked<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: string }>({ key })
  const latest = useRef({ key, ask, serial: 0 })
  latest.current.key = key
  latest.current.ask = ask
  const reload = (): void => {
    const serial = ++latest.current.serial
    const isLatest = (): boolean => latest.current.serial === serial
    latest.current.ask().then(
      (data) => isLatest() && setState({ key: latest.current.key, data }),
      (error: unknown) => isLatest() && setState((old) => ({ ...old, key: latest.current.key, error: errorText(error) })) // prettier-ignore
    )
  }
  useEffect(() => {
    reload()
    const timer =
      every === undefined ? undefined : setInterval(() => document.hidden || reload(), every)
    let settling: ReturnType<typeof setTimeout> | undefined
    const off = onNews(({ type }) => {
      if (!on.some((start) => type.startsWith(start))) return
      clearTimeout(settling)
      settling = setTimeout(reload, SETTLE_MS)
    })
    return () => {
      clearInterval(timer)
      clearTimeout(settling)
      off()
    }
  }, [key])
  // What was answered for another key is not shown for this one.
  return state.key === key
    ? { data: state.data, error: state.error, reload }
    : { data: undefined, error: undefined, reload }
}
