/** `dataset checkout`: copies the files of a version to a folder. */
import { datasetCheckout } from '../../operations/dataset-export.js'
import { valueOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const ref = context.args[0]!
  const output = valueOf(context, 'output') ?? ref.replace('@', '-')
  const answer = await datasetCheckout(context.services, { ref, output }, context.run)
  if (context.json) context.answer(answer)
  else context.print(answer.output)
}
