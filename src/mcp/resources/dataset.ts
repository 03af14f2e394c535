/** `dataset://{name}` and `dataset://{name}/{version}`: what a version is, with its first rows. */
import { datasetList, datasetVersions } from '../../operations/dataset-list.js'
import { datasetRows } from '../../operations/dataset-get.js'
import { datasetShow } from '../../operations/dataset-show.js'
import { NOTICE } from '../notice.js'
import { tableAnswer } from '../table-answer.js'
import type { ToolContext } from '../tool.js'
import { beginning, jsonContents, namesOf, type Complete, type ResourceKind } from './resource.js'

/** Rows and versions that are shown. */
const SAMPLE = 10
const MOST_VERSIONS = 100

const names: Complete = async (typed, { services, run }) => {
  const { datasets } = await datasetList(services, {}, run)
  return beginning(
    typed,
    datasets.map(({ name }) => name)
  )
}

const versions: Complete = async (typed, { services, run }, { name }) => {
  if (name === undefined) return []
  const found = await datasetVersions(services, { name }, run)
  return beginning(
    typed,
    found.versions.map(({ version }) => `v${version}`)
  )
}

const read: ResourceKind['read'] = async (uri, context) => {
  const [name = '', version] = namesOf(uri)
  const ref = version === undefined ? name : `${name}@${version}`
  const shown = await datasetShow(context.services, { ref }, context.run)
  // Statistics of every part are many.
  const { parts, ...about } = shown
  return jsonContents(uri, {
    notice: NOTICE,
    ...about,
    files: parts.length,
    sample: await sampleOf(shown.cid, context),
    ...(version === undefined ? { versions: await listed(name, context) } : {})
  })
}

async function sampleOf(ref: string, { services, run }: ToolContext): Promise<object> {
  const found = await datasetRows(services, { ref, limit: SAMPLE, maxRows: SAMPLE }, run)
  const { columns, rows } = tableAnswer(found)
  return { columns, rows }
}

async function listed(name: string, { services, run }: ToolContext): Promise<object[]> {
  const found = await datasetVersions(services, { name }, run)
  return found.versions.slice(0, MOST_VERSIONS).map((one) => ({ version: `v${one.version}`, rows: one.rows, message: one.message, created_at: one.created_at })) // prettier-ignore
}

const about = 'columns, number of rows, metadata, history and the first rows, as JSON'

export const datasetResource: ResourceKind = {
  name: 'dataset',
  template: 'dataset://{name}',
  title: 'Dataset',
  description: `The newest version of a dataset: ${about}.`,
  mimeType: 'application/json',
  read,
  complete: { name: names }
}

export const datasetVersionResource: ResourceKind = {
  name: 'dataset-version',
  template: 'dataset://{name}/{version}',
  title: 'Version of a dataset',
  description: `A version of a dataset, such as dataset://sales/v3: ${about}.`,
  mimeType: 'application/json',
  read,
  complete: { name: names, version: versions }
}
