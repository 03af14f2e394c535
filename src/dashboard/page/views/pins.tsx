/** Pins, where their copies are, and healing. */
import { useState } from 'preact/hooks'
import { api, AS_JOB, resultOf } from '../api.js'
import { useAsked } from '../asked.js'
import { ageText, bytesText, countText } from '../format.js'
import { attempt } from '../notices.js'
import { Action, CidLink, Loaded, Panel, State } from '../ui/parts.js'
import { Pager, usePages } from '../ui/pages.js'
import { Table } from '../ui/table.js'

const PAGE = 100

export const Pins = () => (
  <>
    <Lacks />
    <Copies />
    <Here />
  </>
)

function Lacks() {
  const insights = useAsked('insights', () => resultOf(api.GET('/api/v1/copies/insights')), {
    on: ['pinned', 'unpinned', 'healed', 'job_ended']
  })
  return (
    <Panel
      title="What copies lack"
      actions={
        <span class="row">
          <Action
            onClick={() =>
              attempt(
                'Verify copies',
                resultOf(api.POST('/api/v1/copies/verify', { body: {}, ...AS_JOB }))
              )
            }
          >
            Verify
          </Action>
          <Action
            onClick={() =>
              attempt(
                'Verify copies',
                resultOf(
                  api.POST('/api/v1/copies/verify', { body: { read_data: true }, ...AS_JOB })
                )
              )
            }
          >
            Verify every byte
          </Action>
          <Action
            onClick={() =>
              attempt(
                'Heal copies',
                resultOf(api.POST('/api/v1/copies/heal', { body: {}, ...AS_JOB }))
              )
            }
          >
            Heal
          </Action>
        </span>
      }
    >
      <Loaded of={insights}>
        {({ under_replicated: under, over_replicated: over, lost_with: lost }) => (
          <ul>
            <li>
              {countText(under.count)} pins have fewer copies than asked for.{' '}
              {under.cids.slice(0, 5).map((cid) => (
                <CidLink key={cid} cid={cid} />
              ))}
            </li>
            <li>{countText(over.count)} pins have more copies than asked for.</li>
            {lost.map(({ backend, count }) => (
              <li key={backend}>
                The loss of {backend} would lose {countText(count)} pins.
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  )
}

function Copies() {
  const [status, setStatus] = useState<'' | 'pending' | 'stored' | 'failed'>('')
  const [name, setName] = useState('')
  const pages = usePages()
  const { cursor } = pages
  const query = {
    limit: PAGE,
    ...(status === '' ? {} : { status }),
    ...(name === '' ? {} : { name: `*${name}*` }),
    ...(cursor === undefined ? {} : { cursor })
  }
  const copies = useAsked(
    `copies ${JSON.stringify(query)}`,
    () => resultOf(api.GET('/api/v1/copies', { params: { query } })),
    { on: ['pinned', 'unpinned', 'healed', 'job_ended'] }
  )
  return (
    <Panel title="Copies on backends">
      <p class="row">
        <label>
          State{' '}
          <select
            value={status}
            onChange={(event) => {
              pages.toFirst()
              setStatus(event.currentTarget.value as typeof status)
            }}
          >
            <option value="">all</option>
            <option>pending</option>
            <option>stored</option>
            <option>failed</option>
          </select>
        </label>
        <label>
          Name contains{' '}
          <input
            value={name}
            onInput={(event) => {
              pages.toFirst()
              setName(event.currentTarget.value)
            }}
          />
        </label>
      </p>
      <Loaded of={copies}>
        {({ pins, next_cursor: next }) => (
          <>
            <Table
              label="Copies on backends"
              rows={pins}
              keyOf={({ cid, backend }) => `${cid} ${backend}`}
              empty={
                <>
                  There is no such copy. In a terminal:{' '}
                  <code>ipfs-kit pin add CID --backend NAME</code>
                </>
              }
              columns={[
                { head: 'Pin', cell: ({ cid, name: one }) => <CidLink cid={cid} name={one} /> },
                { head: 'Backend', cell: ({ backend }) => backend },
                { head: 'State', cell: ({ status: one }) => <State of={one} /> },
                { head: 'Size', cell: ({ size }) => bytesText(size), isNumber: true },
                { head: 'Last looked at', cell: ({ verified_at: at }) => ageText(at) },
                { head: 'Error', cell: ({ last_error: error }) => error ?? '' }
              ]}
            />
            <Pager pages={pages} next={next} />
          </>
        )}
      </Loaded>
    </Panel>
  )
}

function Here() {
  const pages = usePages()
  const { cursor } = pages
  const query = { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) }
  const pins = useAsked(
    `pins ${cursor ?? ''}`,
    () => resultOf(api.GET('/api/v1/pins', { params: { query } })),
    { on: ['pinned', 'unpinned', 'added'] }
  )
  return (
    <Panel title="Pinned here">
      <Loaded of={pins}>
        {({ pins: rows, next_cursor: next }) => (
          <>
            <Table
              label="Pinned here"
              rows={rows}
              keyOf={({ cid }) => cid}
              empty="Nothing is pinned. What is added is."
              columns={[
                { head: 'Pin', cell: ({ cid, name }) => <CidLink cid={cid} name={name} /> },
                { head: 'Kind', cell: ({ type }) => type },
                { head: 'Size', cell: ({ size }) => bytesText(size), isNumber: true },
                { head: 'Since', cell: ({ created_at: at }) => ageText(at) },
                {
                  head: 'Change',
                  cell: ({ cid, name }) => (
                    <Action
                      kind="small"
                      confirm={`Unpin ${name || cid}? The next garbage collection removes what no other pin reaches.`}
                      onClick={() =>
                        attempt(
                          'Unpin',
                          resultOf(api.DELETE('/api/v1/pins/{cid}', { params: { path: { cid } } }))
                        ).then(pins.reload)
                      }
                    >
                      Unpin
                    </Action>
                  )
                }
              ]}
            />
            <Pager pages={pages} next={next} />
          </>
        )}
      </Loaded>
    </Panel>
  )
}
