/** `dataset append`: makes a version of more rows. */
import { datasetAppend } from '../../operations/dataset-append.js'
import type { Context } from '../context.js'
import { aboutVersion, answerVersion, sourcesIn } from './dataset-put.js'

export async function run(context: Context): Promise<void> {
  const { services, args } = context
  const request = { name: args[0]!, sources: sourcesIn(args.slice(1)), ...aboutVersion(context) }
  answerVersion(context, await datasetAppend(services, request, context.run))
}
