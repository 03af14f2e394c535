/** SQL, with its result as a table and as a chart, and saved queries. */
import { signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { api, errorText, mayChange, resultOf } from '../api.js'
import { useAsked, type Asked } from '../asked.js'
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

/** What was typed stays while other views are looked at. */
const typed = signal(FIRST)

export function Sql() {
  const [found, setFound] = useState<Result>()
  const [error, setError] = useState<string>()
  const [asking, setAsking] = useState<AbortController>()
  const saved = useAsked('saved', () => resultOf(api.GET('/api/v1/queries')), { every: 30_000 })
  const linked = route.value.of
  useEffect(() => {
    if (linked !== '') typed.value = linked
  }, [linked])
  const ask = async (): Promise<void> => {
    const end = new AbortController()
    setAsking(end)
    setError(undefined)
    setFound(undefined)
    try {
      const body = { sql: typed.value, max_rows: MOST_ROWS }
      setFound((await resultOf(api.POST('/api/v1/query', { body, signal: end.signal }))) as Result)
    } catch (failure) {
      setError(end.signal.aborted ? 'The question was taken back.' : errorText(failure))
    } finally {
      setAsking(undefined)
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
            value={typed.value}
            spellcheck={false}
            onInput={(event) => (typed.value = event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
        </label>
        <p class="row">
          <button
            class="main"
            onClick={() => void ask()}
            disabled={asking !== undefined || typed.value.trim() === ''}
          >
            {asking === undefined ? 'Ask' : 'Asking…'}
          </button>
          {asking !== undefined && <button onClick={() => asking.abort()}>Cancel</button>}
          <Save names={(saved.data?.queries ?? []).map(({ name }) => name)} done={saved.reload} />
        </p>
        <Tables />
        {error !== undefined && (
          <p class="bad wrap" role="alert">
            {error}
          </p>
        )}
      </Panel>
      <Saved of={saved} />
      {found !== undefined && (
        <Panel title="Answer">
          <p role="status">
            {found.truncated && 'The first '}
            {counted(found.rows.length, 'row')} in {msText(found.elapsed_ms)}
          </p>
          <BarChart answer={found} />
          <Rows label="Answer" answer={found} />
        </Panel>
      )}
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

function Save({ names, done }: { names: readonly string[]; done: () => void }) {
  const [name, setName] = useState('')
  if (mayChange.value !== true) return null
  const save = async (): Promise<void> => {
    const isSaved = await attempt(
      'Save',
      resultOf(
        api.PUT('/api/v1/queries/{name}', {
          params: { path: { name } },
          body: { sql: typed.value }
        })
      )
    )
    if (isSaved) done()
  }
  return (
    <>
      <label>
        Name <input value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <Action
        onClick={save}
        {...(names.includes(name) ? { confirm: `Replace the saved query ${name}?` } : {})}
      >
        Save
      </Action>
    </>
  )
}

type Queries = { readonly queries: readonly { readonly name: string; readonly sql: string }[] }

const Saved = ({ of }: { of: Asked<Queries> }) => (
  <Panel title="Saved queries">
    <Loaded of={of}>
      {({ queries }) =>
        queries.length === 0 ? (
          <p class="quiet">None. A saved query is a folder below /queries of the mount, too.</p>
        ) : (
          <ul class="plain-list">
            {queries.map(({ name, sql }) => (
              <li key={name} class="row">
                <button class="small" onClick={() => (typed.value = sql)}>
                  {name}
                </button>
                <code class="wrap">{sql}</code>
                <Action
                  kind="small"
                  confirm={`Remove the saved query ${name}?`}
                  onClick={() =>
                    attempt(
                      'Remove',
                      resultOf(api.DELETE('/api/v1/queries/{name}', { params: { path: { name } } }))
                    ).then(of.reload)
                  }
                >
                  Remove
                </Action>
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  </Panel>
)
