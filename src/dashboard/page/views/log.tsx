/** The log of operations on backends: what waits, what failed, and trying again. */
import { api, resultOf } from '../api.js'
import { useAsked } from '../asked.js'
import { ageText, bytesText, counted, countText } from '../format.js'
import { attempt } from '../notices.js'
import { Action, CidLink, Figure, Loaded, Panel, State } from '../ui/parts.js'
import { Table } from '../ui/table.js'

export function Log() {
  const status = useAsked('wal', () => resultOf(api.GET('/api/v1/wal')), {
    every: 10_000,
    on: ['pinned', 'unpinned']
  })
  const list = useAsked(
    'operations',
    () => resultOf(api.GET('/api/v1/wal/operations', { params: { query: { limit: 200 } } })),
    { every: 10_000, on: ['pinned', 'unpinned', 'healed'] }
  )
  const change = (what: string, work: Promise<unknown>) => attempt(what, work).then(list.reload)
  return (
    <>
      <Panel title="Write-ahead log">
        <Loaded of={status}>
          {({ operations, log, archives }) => (
            <dl class="figures">
              {Object.entries(operations).map(([state, count]) => (
                <Figure key={state} name={state} value={countText(count)} />
              ))}
              <Figure name="Log" value={bytesText(log.bytes)} note={counted(log.files, 'file')} />
              <Figure
                name="Archives"
                value={bytesText(archives.bytes)}
                note={counted(archives.files, 'file')}
              />
            </dl>
          )}
        </Loaded>
      </Panel>
      <Panel title="Operations on backends">
        <Loaded of={list}>
          {({ operations }) => (
            <Table
              label="Operations on backends"
              rows={operations}
              keyOf={({ operation_id: id }) => id}
              empty="Nothing was done on a backend yet."
              columns={[
                {
                  head: 'Operation',
                  cell: ({ operation_type: type, parameters }) => (
                    <>
                      {type}{' '}
                      {parameters['cid'] !== undefined && <CidLink cid={parameters['cid']} />}
                    </>
                  )
                },
                { head: 'Backend', cell: ({ backend }) => backend },
                { head: 'State', cell: ({ status: one }) => <State of={one} /> },
                {
                  head: 'Tried',
                  cell: ({ retry_count: tries, max_retries: most }) => `${tries} of ${most}`,
                  isNumber: true
                },
                { head: 'Changed', cell: ({ updated_at: at }) => ageText(at) },
                { head: 'Error', cell: ({ error }) => <span class="wrap">{error ?? ''}</span> },
                {
                  head: 'Change',
                  cell: ({ operation_id: id, status: one }) => (
                    <span class="row">
                      {one === 'failed' && (
                        <Action
                          kind="small"
                          onClick={() =>
                            change(
                              'Try again',
                              resultOf(api.POST('/api/v1/wal/retry', { body: { ids: [id] } }))
                            )
                          }
                        >
                          Try again
                        </Action>
                      )}
                      {(one === 'pending' || one === 'failed') && (
                        <Action
                          kind="small"
                          confirm="Give this operation up?"
                          onClick={() =>
                            change(
                              'Give up',
                              resultOf(api.POST('/api/v1/wal/cancel', { body: { ids: [id] } }))
                            )
                          }
                        >
                          Give up
                        </Action>
                      )}
                    </span>
                  )
                }
              ]}
            />
          )}
        </Loaded>
      </Panel>
    </>
  )
}
