/** The cache: its tiers, and what is hot. */
import { api, resultOf } from '../api.js'
import { useAsked } from '../asked.js'
import { bytesText, countText } from '../format.js'
import { attempt } from '../notices.js'
import type { CacheFigures, Tier } from '../types.js'
import { Action, CidLink, Figure, Loaded, Meter, Panel } from '../ui/parts.js'
import { Table } from '../ui/table.js'

interface Listed {
  readonly blocks: readonly {
    readonly cid: string
    readonly size: number
    readonly tier: string
    readonly reads: number
    readonly backend: string | null
  }[]
  readonly total: number
}

export function Cache() {
  const figures = useAsked(
    'cache',
    async () => (await resultOf(api.GET('/api/v1/cache'))).cache as unknown as CacheFigures,
    { every: 10_000, on: ['evicted', 'fetched'] }
  )
  const list = useAsked(
    'blocks',
    async () =>
      (await resultOf(
        api.GET('/api/v1/cache/blocks', { params: { query: { limit: 200 } } })
      )) as unknown as Listed,
    { every: 30_000, on: ['evicted'] }
  )
  return (
    <>
      <Panel
        title="Tiers"
        actions={
          <Action
            confirm="Empty the cache? Pins and what was added stay."
            onClick={() =>
              attempt(
                'Empty the cache',
                resultOf(api.POST('/api/v1/cache/clear', { body: {} as never }))
              )
                .then(figures.reload)
                .then(list.reload)
            }
          >
            Empty
          </Action>
        }
      >
        <Loaded of={figures}>
          {(cache) => (
            <dl class="figures">
              <TierFigures name="Memory" tier={cache.memory} />
              <TierFigures name="Disk" tier={cache.disk} />
              <Figure
                name="Evicted"
                value={countText(cache.evicted)}
                note="blocks, since the engine began"
              />
              <Figure name="Damaged" value={countText(cache.corrupt)} note="found and dropped" />
            </dl>
          )}
        </Loaded>
      </Panel>
      <Panel title="By heat">
        <Loaded of={list}>
          {({ blocks, total }) => (
            <>
              <p class="quiet">{countText(total)} blocks in all</p>
              <Table
                label="Blocks of the cache by heat"
                rows={blocks}
                keyOf={({ cid }) => cid}
                empty="The cache is empty: nothing was fetched."
                columns={[
                  { head: 'Block', cell: ({ cid }) => <CidLink cid={cid} /> },
                  { head: 'Reads', cell: ({ reads }) => countText(reads), isNumber: true },
                  { head: 'Size', cell: ({ size }) => bytesText(size), isNumber: true },
                  { head: 'Tier', cell: ({ tier }) => tier },
                  { head: 'From', cell: ({ backend }) => backend ?? '' }
                ]}
              />
            </>
          )}
        </Loaded>
      </Panel>
    </>
  )
}

const TierFigures = ({ name, tier }: { name: string; tier: Tier }) => (
  <Figure
    name={name}
    value={<Meter label={`${name} in use`} value={tier.used} most={tier.capacity} />}
    note={`${bytesText(tier.used)} of ${bytesText(tier.capacity)}, ${countText(tier.blocks)} blocks, ${countText(tier.hits)} hits`}
  />
)
