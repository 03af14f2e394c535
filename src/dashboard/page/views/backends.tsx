/** Backends: whether they answer, what they hold, and their tests. */
import { useState } from 'preact/hooks'
import type { paths } from '../../../client/index.js'
import { api, errorText, resultOf } from '../api.js'
import { useAsked } from '../asked.js'
import { bytesText, countText, msText } from '../format.js'
import { linkTo, route } from '../route.js'
import type { Backend } from '../types.js'
import { Action, Figure, Loaded, Panel, State } from '../ui/parts.js'
import { Table } from '../ui/table.js'

export function Backends() {
  const name = route.value.of
  return (
    <>
      <All />
      {name !== '' && <One key={name} name={name} />}
    </>
  )
}

function All() {
  const list = useAsked(
    'backends',
    async () => (await resultOf(api.GET('/api/v1/backends'))).backends as unknown as Backend[],
    { every: 10_000, on: ['backend_'] }
  )
  return (
    <Panel title="Backends">
      <Loaded of={list}>
        {(backends) => (
          <Table
            label="Backends"
            rows={backends}
            keyOf={({ name }) => name}
            empty={
              <>
                There is none. In a terminal: <code>ipfs-kit backend add NAME --type TYPE</code>
              </>
            }
            columns={[
              { head: 'Name', cell: ({ name }) => <a href={linkTo('backends', name)}>{name}</a> },
              { head: 'Type', cell: ({ type }) => type },
              { head: 'State', cell: ({ report }) => <State of={report?.state ?? 'unknown'} /> },
              {
                head: 'Mean time',
                cell: ({ report }) => msText(report?.average_ms),
                isNumber: true
              },
              {
                head: 'Requests',
                cell: ({ report }) => countText(report?.requests),
                isNumber: true
              },
              { head: 'Read', cell: ({ report }) => bytesText(report?.bytes), isNumber: true },
              { head: 'Errors', cell: ({ report }) => countText(report?.errors), isNumber: true },
              { head: 'Last error', cell: ({ report }) => report?.last_error ?? '' }
            ]}
          />
        )}
      </Loaded>
    </Panel>
  )
}

function One({ name }: { name: string }) {
  const shown = useAsked(`backend ${name}`, () =>
    resultOf(api.GET('/api/v1/backends/{name}', { params: { path: { name } } }))
  )
  const health = useAsked(`health ${name}`, () => resultOf(api.GET('/api/v1/copies/health')), {
    on: ['pinned', 'healed']
  })
  const held = health.data?.backends.find((one) => one.name === name)
  return (
    <Panel title={name} actions={<Test name={name} />}>
      <Loaded of={shown}>
        {({ type, options, priority, read_only: isReadOnly }) => (
          <dl class="figures">
            <Figure name="Type" value={type} note={isReadOnly ? 'only read' : undefined} />
            <Figure name="Priority" value={priority} />
            {Object.entries(options).map(([key, values]) => (
              <Figure key={key} name={key} value={<span class="wrap">{values.join(', ')}</span>} />
            ))}
            {held !== undefined && (
              <Figure
                name="Copies stored"
                value={countText(held.stored)}
                note={bytesText(held.bytes)}
              />
            )}
            {held !== undefined && (
              <Figure
                name="Pending, failed"
                value={`${countText(held.pending)}, ${countText(held.failed)}`}
              />
            )}
          </dl>
        )}
      </Loaded>
      <p>
        <a href={linkTo('pins')}>Its copies, and healing</a>
      </p>
    </Panel>
  )
}

/** The answer of a request that is no job. */
type Tried = Extract<
  paths['/api/v1/backends/{name}/test']['post']['responses'][200]['content']['application/json'],
  { steps: unknown }
>

function Test({ name }: { name: string }) {
  const [found, setFound] = useState<{ readonly text: string; readonly isGood: boolean }>()
  const test = async (): Promise<void> => {
    try {
      const result = resultOf(
        api.POST('/api/v1/backends/{name}/test', { params: { path: { name } } })
      )
      const { ok: isGood, steps } = (await result) as Tried
      const failed = steps.find(({ ok }) => !ok)
      setFound({
        isGood,
        text:
          failed === undefined
            ? `It answers: ${steps.map(({ step }) => step).join(', ')}`
            : `${failed.step}: ${failed.found}`
      })
    } catch (error) {
      setFound({ text: errorText(error), isGood: false })
    }
  }
  return (
    <span class="row">
      {found !== undefined && (
        <span role="status" class={found.isGood ? 'good' : 'bad'}>
          {found.text}
        </span>
      )}
      <Action onClick={test}>Test</Action>
    </span>
  )
}
