/** Datasets: their versions, schema and rows. */
import { api, resultOf } from '../api.js'
import { useAsked } from '../asked.js'
import { ageText, bytesText, counted, countText } from '../format.js'
import { linkTo, route } from '../route.js'
import { CidLink, Figure, Loaded, Panel } from '../ui/parts.js'
import { Rows } from '../ui/rows.js'
import { Table } from '../ui/table.js'

export function Datasets() {
  const ref = route.value.of
  return ref === '' ? <All /> : <One key={ref} dataset={ref} />
}

function All() {
  const list = useAsked('datasets', () => resultOf(api.GET('/api/v1/datasets')), {
    on: ['added', 'pinned', 'unpinned']
  })
  return (
    <Panel title="Datasets">
      <Loaded of={list}>
        {({ datasets }) => (
          <Table
            label="Datasets"
            rows={datasets}
            keyOf={({ name }) => name}
            empty={
              <>
                There is none. In a terminal: <code>ipfs-kit dataset put NAME FILE.csv</code>
              </>
            }
            columns={[
              { head: 'Name', cell: ({ name }) => <a href={linkTo('datasets', name)}>{name}</a> },
              { head: 'Rows', cell: ({ rows }) => countText(rows), isNumber: true },
              { head: 'Size', cell: ({ bytes }) => bytesText(bytes), isNumber: true },
              { head: 'Versions', cell: ({ versions }) => countText(versions), isNumber: true },
              { head: 'Newest', cell: ({ created_at: at }) => ageText(at) },
              { head: 'Message', cell: ({ message }) => message }
            ]}
          />
        )}
      </Loaded>
    </Panel>
  )
}

const PREVIEW = 50

function One({ dataset }: { dataset: string }) {
  const params = { path: { ref: dataset } }
  const shown = useAsked(`dataset ${dataset}`, () =>
    resultOf(api.GET('/api/v1/datasets/{ref}', { params }))
  )
  const rows = useAsked(`rows ${dataset}`, () =>
    resultOf(
      api.GET('/api/v1/datasets/{ref}/rows', { params: { ...params, query: { limit: PREVIEW } } })
    )
  )
  return (
    <>
      <Loaded of={shown}>
        {(found) => (
          <>
            <Panel
              title={`${found.name}@v${found.version}`}
              actions={
                <a href={linkTo('sql', `SELECT * FROM "${found.name}" LIMIT 100`)}>Ask in SQL</a>
              }
            >
              <dl class="figures">
                <Figure name="Rows" value={countText(found.rows)} />
                <Figure
                  name="Size"
                  value={bytesText(found.bytes)}
                  note={counted(found.parts.length, 'file')}
                />
                <Figure
                  name="Version"
                  value={<CidLink cid={found.cid} />}
                  note={ageText(found.created_at)}
                />
                <Figure name="Files" value={<CidLink cid={found.data} />} />
              </dl>
            </Panel>
            <Panel title="Schema">
              <Table
                label="Schema"
                rows={found.schema}
                empty="It has no columns."
                columns={[
                  { head: 'Column', cell: ({ name }) => name },
                  { head: 'Type', cell: ({ type }) => <code>{type}</code> }
                ]}
              />
            </Panel>
            <Versions name={found.name} />
          </>
        )}
      </Loaded>
      <Panel title="First rows">
        <Loaded of={rows}>{(answer) => <Rows label="First rows" answer={answer} />}</Loaded>
      </Panel>
    </>
  )
}

function Versions({ name }: { name: string }) {
  const list = useAsked(`versions ${name}`, () =>
    resultOf(api.GET('/api/v1/datasets/{ref}/versions', { params: { path: { ref: name } } }))
  )
  return (
    <Panel title="Versions">
      <Loaded of={list}>
        {({ versions }) => (
          <Table
            label="Versions"
            rows={versions}
            empty="None."
            columns={[
              {
                head: 'Version',
                cell: ({ version }) => (
                  <a href={linkTo('datasets', `${name}@v${version}`)}>v{version}</a>
                )
              },
              { head: 'Rows', cell: ({ rows }) => countText(rows), isNumber: true },
              { head: 'Made', cell: ({ created_at: at }) => ageText(at) },
              { head: 'CID', cell: ({ cid }) => <CidLink cid={cid} /> },
              { head: 'Message', cell: ({ message }) => message }
            ]}
          />
        )}
      </Loaded>
    </Panel>
  )
}
