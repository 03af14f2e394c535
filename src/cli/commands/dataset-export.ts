/** `dataset export`: writes a version and its history as a CAR. */
import { datasetExport } from '../../operations/dataset-export.js'
import { valueOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const ref = context.args[0]!
  const output = valueOf(context, 'output') ?? `${ref.replace('@', '-')}.car`
  const answer = await datasetExport(context.services, { ref, output }, context.run)
  if (context.json) context.answer(answer)
  else context.print(answer.output)
}
