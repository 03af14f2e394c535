/** A node of the DAG: its codec, its links, and its value. */
import { api, resultOf } from '../api.js'
import { useAsked } from '../asked.js'
import { bytesText, counted } from '../format.js'
import { CidLink, Loaded, Panel } from '../ui/parts.js'
import { Table } from '../ui/table.js'

export function DagNode({ cid }: { cid: string }) {
  const node = useAsked(`dag ${cid}`, () =>
    resultOf(api.GET('/api/v1/dag', { params: { query: { path: cid } } }))
  )
  return (
    <Panel title="Node of the DAG">
      <Loaded of={node}>
        {({ codec, size, links, link_count: count, json }) => (
          <>
            <p>
              {codec}, {bytesText(size)}, {counted(count, 'link')}
            </p>
            <Table
              label="Links of the node"
              rows={links}
              empty="It leads nowhere: a leaf."
              columns={[
                { head: 'Name', cell: ({ name, path }) => name ?? path },
                { head: 'CID', cell: ({ cid: to }) => <CidLink cid={to} /> }
              ]}
            />
            {json !== null && (
              <details>
                <summary>Value, in dag-json</summary>
                <pre class="wrap" tabIndex={0}>
                  {json}
                </pre>
              </details>
            )}
          </>
        )}
      </Loaded>
    </Panel>
  )
}
