/** The list of resources: datasets, saved queries, and what is pinned, page by page. */
import type { ListResourcesResult, Resource } from '@modelcontextprotocol/server'
import { datasetList } from '../../operations/dataset-list.js'
import { pinList } from '../../operations/pin-list.js'
import { queryList } from '../../operations/query-saved.js'
import { contentUri } from '../content-path.js'
import { page } from '../listing.js'
import type { ToolContext } from '../tool.js'

const PAGE = 100

export async function resourcePage(
  cursor: string | undefined,
  { services, run }: ToolContext
): Promise<ListResourcesResult> {
  const [{ datasets }, { queries }] = await Promise.all([
    datasetList(services, {}, run),
    queryList(services, {}, run)
  ])
  // Of pins, which may be many, no more are looked at than come before the end of this page.
  const { pins } = await pinList(services, { limit: Number(cursor ?? 0) + PAGE + 1 }, run)
  const all = [...datasets.map(datasetOf), ...queries.map(queryOf), ...pins.map(pinOf)]
  const { entries, next_cursor: next } = page(all, { cursor, limit: PAGE })
  return { resources: [...entries], ...(next === null ? {} : { nextCursor: next }) }
}

const datasetOf = ({
  name,
  rows,
  version
}: {
  readonly name: string
  readonly rows: number
  readonly version: number
}): Resource => ({
  // prettier-ignore
  uri: `dataset://${encodeURIComponent(name)}`,
  name,
  title: `Dataset ${name}`,
  description: `${rows} rows, version v${version}`,
  mimeType: 'application/json'
})

const queryOf = ({ name }: { readonly name: string }): Resource => ({
  uri: `query://${encodeURIComponent(name)}`,
  name,
  title: `Query ${name}`,
  mimeType: 'application/sql'
})

const pinOf = ({
  cid,
  name,
  size
}: {
  readonly cid: string
  readonly name: string
  readonly size: number | null
}): Resource => ({
  // prettier-ignore
  uri: contentUri(cid),
  name: name === '' ? cid : name,
  description: size === null ? 'a pinned folder' : 'a pinned file',
  ...(size === null ? {} : { size })
})
