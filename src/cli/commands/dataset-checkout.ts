/** `dataset checkout`: copies the files of a version to a folder. */
import { datasetCheckout, type CardFormat } from '../../operations/dataset-checkout.js'
import { listOf, valueOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const ref = context.args[0]!
  const output = valueOf(context, 'output') ?? ref.replace('@', '-')
  const cards = [...new Set(listOf(context, 'metadata'))] as CardFormat[]
  const answer = await datasetCheckout(context.services, { ref, output, cards }, context.run)
  if (context.json) context.answer(answer)
  else context.print(answer.output)
}
