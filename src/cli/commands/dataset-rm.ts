/** `dataset rm`: forgets a dataset, or one of its versions. */
import { datasetRemove } from '../../operations/dataset-remove.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const answer = await datasetRemove(context.services, { ref: context.args[0]! }, context.run)
  if (context.json) return context.answer(answer)
  const { name, removed } = answer
  context.print(removed.map(({ version, cid }) => (context.quiet ? cid : `removed ${name}@v${version} ${cid}`))) // prettier-ignore
}
