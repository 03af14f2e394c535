/** `dataset adopt`: makes a dataset of content that is there already. */
import { datasetAdopt } from '../../operations/dataset-adopt.js'
import { valueOf, type Context } from '../context.js'
import { answerVersion } from './dataset-put.js'

export async function run(context: Context): Promise<void> {
  const [name, path] = context.args as [string, string]
  const request = { name, path, message: valueOf(context, 'message') }
  answerVersion(context, await datasetAdopt(context.services, request, context.run))
}
