/** Small parts of which views are made. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { mayChange } from '../api.js'
import type { Asked } from '../asked.js'
import { shortCid } from '../format.js'
import { notify } from '../notices.js'
import { linkTo } from '../route.js'

export function Panel({
  title,
  children,
  actions
}: {
  title: string
  children: ComponentChildren
  actions?: ComponentChildren
}) {
  return (
    <section class="panel">
      <header>
        <h2>{title}</h2>
        {actions}
      </header>
      {children}
    </section>
  )
}

/** Shows what was asked for when it is there, and until then that it is waited for, or what is wrong. */
export function Loaded<T>({
  of,
  children
}: {
  of: Asked<T>
  children: (data: T) => ComponentChildren
}) {
  const { data, error, reload } = of
  return (
    <>
      {error !== undefined && (
        <p class="bad" role="alert">
          {error} <button onClick={reload}>Try again</button>
        </p>
      )}
      {data === undefined ? error === undefined && <p class="quiet">Loading…</p> : children(data)}
    </>
  )
}

const GOOD = new Set(['up', 'stored', 'completed', 'pinned', 'here', 'healthy', 'ok'])
const BAD = new Set(['down', 'failed', 'lost', 'missing', 'error', 'gone'])

export function State({ of, children }: { of: string; children?: ComponentChildren }) {
  const kind = GOOD.has(of) ? 'good' : BAD.has(of) ? 'bad' : 'neutral'
  return <span class={`state ${kind}`}>{children ?? of}</span>
}

export function Figure({
  name,
  value,
  note
}: {
  name: string
  value: ComponentChildren
  note?: ComponentChildren
}) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>{value}</dd>
      {note !== undefined && <dd class="quiet">{note}</dd>}
    </div>
  )
}

/** A CID that leads to the explorer. */
export const CidLink = ({ cid, name }: { cid: string; name?: string | null }) => (
  <a href={linkTo('content', cid)} title={cid} class={name ? '' : 'mono'}>
    {name || shortCid(cid)}
  </a>
)

export function Copy({ text, what }: { text: string; what: string }) {
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => notify(`${what} copied`),
      () => notify(`the browser does not let ${what} be copied`, true)
    )
  }
  return (
    <button class="small" onClick={copy} title={text}>
      Copy {what}
    </button>
  )
}

interface ActionProps {
  readonly children: ComponentChildren
  readonly onClick: () => Promise<unknown> | void
  /** What is asked before, where something is lost by it. */
  readonly confirm?: string
  readonly kind?: string
}

/** A button that changes something, which nobody sees who may only look. */
export function Action({ children, onClick, confirm: question, kind = '' }: ActionProps) {
  const [isBusy, setBusy] = useState(false)
  if (mayChange.value !== true) return null
  const act = (): void => {
    // The browser's own question works with every keyboard and screen reader.
    if (question !== undefined && !confirm(question)) return
    setBusy(true)
    void Promise.resolve(onClick()).finally(() => setBusy(false))
  }
  return (
    <button class={kind} onClick={act} disabled={isBusy} aria-busy={isBusy}>
      {children}
    </button>
  )
}

export function Meter({ value, most, label }: { value: number; most: number; label: string }) {
  const share = most === 0 ? 0 : Math.min(1, value / most)
  return (
    <progress
      class={share > 0.9 ? 'meter full' : 'meter'}
      value={share}
      max={1}
      aria-label={label}
    />
  )
}
