/** `name put`: keeps the signed record of a name. */
import { KitError } from '../../core/errors.js'
import { readRegularFile } from '../../core/read-regular.js'
import { namePut, nameOfRecordFile } from '../../operations/name-put.js'
import { valueOf, type Context } from '../context.js'

/** Bytes of a record at most. */
const MAX_RECORD = 10 << 10

export async function run(context: Context): Promise<void> {
  const path = context.args[0]!
  const name = valueOf(context, 'name') ?? nameOfRecordFile(path)
  if (name === undefined)
    throw new KitError('USAGE', `say whose record ${path} is: --name k51…; its file's name does not begin with one`) // prettier-ignore
  const record = readRegularFile(path, MAX_RECORD)
  const result = await namePut(context.services, { record, name }, context.run)
  if (context.json) return context.answer(result)
  context.print(context.quiet ? result.name : `/ipns/${result.name} leads to ${result.value}, sequence ${result.sequence}, until ${result.validUntil}`) // prettier-ignore
}
