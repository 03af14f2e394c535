/** `fsck`: checks the store and repairs it. */
import { formatSize } from '../../config/units.js'
import { KitError } from '../../core/errors.js'
import { fsck } from '../../operations/fsck.js'
import { flagOf, type Context } from '../context.js'
import { shortened } from '../table.js'
import { counted } from '../counted.js'

/**
 * @returns INTEGRITY when damage was found and not repaired. Missing blocks do not count as damage.
 */
export async function run(context: Context): Promise<KitError | undefined> {
  const request = { readData: flagOf(context, 'read-data'), repair: flagOf(context, 'repair') }
  const report = await fsck(context.services, request, context.run)
  const { success, ...answer } = report
  const { bad, missing, badPins, blocks, files, bytes, repaired } = answer
  if (context.json) context.answer(answer)
  else {
    for (const line of shortened(
      bad.map(({ cid, where, reason }) => `bad ${cid} in ${where}: ${reason}`)
    ))
      // prettier-ignore
      context.print(line)
    for (const line of shortened(missing.map((cid) => `missing ${cid}`))) context.print(line)
    for (const { pin, reason } of badPins)
      context.print(`bad pin: ${reason}; remove it with \`ipfs-kit pin rm ${quoted(pin)}\``)
    context.print(
      `${counted(blocks, 'block')}, ${counted(files, 'whole file')}, ${formatSize(bytes)}: ` +
        `${bad.length} bad, ${missing.length} missing, ${repaired} repaired`
    )
  }
  if (success) return undefined
  const isBad = bad.length > 0 && !request.repair
  const mend = `remove the bad blocks from the index with \`${repairCommand(context)}\`, then add it again`
  return new KitError(
    'INTEGRITY',
    isBad ? `the store is damaged; ${mend}` : 'pins that are no CIDs keep gc from removing anything'
  )
}

/** Quotes a text for a shell, where it needs that. */
const quoted = (text: string): string =>
  /^\w[\w.-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** Returns the command that repairs what this run found, ready to paste. */
function repairCommand(context: Context): string {
  const home = context.options['home'] === undefined ? '' : `--home ${context.home} `
  const readData = flagOf(context, 'read-data') ? ' --read-data' : ''
  return `ipfs-kit ${home}fsck${readData} --repair`
}
