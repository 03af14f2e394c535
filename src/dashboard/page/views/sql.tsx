/** SQL, with its result as a table and as a chart, and saved queries. */
import { useState } from 'preact/hooks'
import { api, errorText, resultOf } from '../api.js'
import { useAsked } from '../asked.js'
import { counted, msText } from '../format.js'
import { attempt } from '../notices.js'
import { route } from '../route.js'
import { BarChart } from '../ui/bars.js'
import { Action, Loaded, Panel } from '../ui/parts.js'
import { Rows, type Answered } from '../ui/rows.js'

const FIRST = 'SELECT name, size_bytes FROM pins ORDER BY size_bytes DESC LIMIT 20'
const MOST_ROWS = 1000

interface Result extends Answered {
  readonly truncated: boolean
  readonly count: number
  readonly elapsed_ms: number
}

export function Sql() {
  const [sql, setSql] = useState(route.value.of || FIRST)
  const [found, setFound] = useState<Result>()
  const [error, setError] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const ask = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      setFound(
        (await resultOf(
          api.POST('/api/v1/query', { body: { sql, max_rows: MOST_ROWS } })
        )) as Result
      )
    } catch (failure) {
      setError(errorText(failure))
    } finally {
      setBusy(false)
    }
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    void ask()
  }
  return (
    <>
      <Panel title="Question">
        <label>
          One SELECT; Ctrl+Enter asks
          <textarea
            rows={6}
            value={sql}
            spellcheck={false}
            onInput={(event) => setSql(event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
        </label>
        <p class="row">
          <button class="main" onClick={() => void ask()} disabled={isBusy} aria-busy={isBusy}>
            {isBusy ? 'Asking…' : 'Ask'}
          </button>
          <Save sql={sql} />
        </p>
        <Tables />
        {error !== undefined && (
          <p class="bad wrap" role="alert">
            {error}
          </p>
        )}
      </Panel>
      {found !== undefined && (
        <Panel title="Answer">
          <p role="status">
            {counted(found.rows.length, 'row')} in {msText(found.elapsed_ms)}
            {found.truncated && `; the first ${MOST_ROWS} alone`}
          </p>
          <BarChart answer={found} />
          <Rows label="Answer" answer={found} />
        </Panel>
      )}
      <Saved choose={setSql} />
    </>
  )
}

function Tables() {
  const tables = useAsked('tables', () => resultOf(api.GET('/api/v1/query/tables')))
  return (
    <Loaded of={tables}>
      {({ tables: names }) => (
        <p class="quiet">
          Tables:{' '}
          {names.map((name) => (
            <code key={name}>{name} </code>
          ))}
        </p>
      )}
    </Loaded>
  )
}

function Save({ sql }: { sql: string }) {
  const [name, setName] = useState('')
  return (
    <>
      <label>
        Name <input value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <Action
        onClick={() =>
          attempt(
            'Save',
            resultOf(
              api.PUT('/api/v1/queries/{name}', { params: { path: { name } }, body: { sql } })
            )
          )
        }
      >
        Save
      </Action>
    </>
  )
}

function Saved({ choose }: { choose: (sql: string) => void }) {
  const saved = useAsked('saved', () => resultOf(api.GET('/api/v1/queries')), { every: 30_000 })
  return (
    <Panel title="Saved queries">
      <Loaded of={saved}>
        {({ queries }) =>
          queries.length === 0 ? (
            <p class="quiet">None. A saved query is a folder below /queries of the mount, too.</p>
          ) : (
            <ul class="plain-list">
              {queries.map(({ name, sql }) => (
                <li key={name}>
                  <button class="small" onClick={() => choose(sql)}>
                    {name}
                  </button>{' '}
                  <code>{sql}</code>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  )
}
