/** What happens in the engine as it happens, and the end of its log. */
import { api, resultOf } from '../api.js'
import { useAsked } from '../asked.js'
import { timeText, valueText } from '../format.js'
import { isLive, news, type News } from '../live.js'
import { CidLink, Loaded, Panel, State } from '../ui/parts.js'
import { Table } from '../ui/table.js'

export const Events = () => (
  <>
    <Panel
      title="Events"
      actions={isLive.value ? <State of="up">live</State> : <State of="down">not connected</State>}
    >
      <Table
        label="Events"
        rows={news.value}
        keyOf={({ id }) => String(id)}
        empty="Nothing has happened since the engine began."
        columns={[
          { head: 'Time', cell: ({ time }) => timeText(time) },
          { head: 'Event', cell: ({ type }) => type.replaceAll('_', ' ') },
          { head: 'What', cell: (one) => <What news={one} /> }
        ]}
      />
    </Panel>
    <EngineLog />
  </>
)

const SHOWN_APART = new Set(['id', 'time', 'type', 'cid', 'name'])

function What({ news: one }: { news: News }) {
  const { cid, name } = one
  const rest = Object.entries(one).filter(([key, value]) => !SHOWN_APART.has(key) && value !== null)
  return (
    <span class="wrap">
      {typeof cid === 'string' && (
        <CidLink cid={cid} name={typeof name === 'string' ? name : null} />
      )}{' '}
      {rest.map(([key, value]) => `${key}: ${valueText(value)}`).join(', ')}
    </span>
  )
}

function EngineLog() {
  const log = useAsked('log', () => resultOf(api.GET('/api/v1/engine/log')), { every: 10_000 })
  return (
    <Panel title="Log of the engine" actions={<button onClick={log.reload}>Reload</button>}>
      <Loaded of={log}>
        {({ path, lines }) =>
          path === null ? (
            <p class="quiet">
              The journal has it: <code>journalctl --user -u ipfs-kit</code>
            </p>
          ) : (
            <>
              <p class="quiet">{path}</p>
              <pre class="log" tabIndex={0}>
                {lines.join('\n')}
              </pre>
            </>
          )
        }
      </Loaded>
    </Panel>
  )
}
