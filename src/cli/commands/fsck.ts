/** `fsck`: check the store, and repair what can be. */
import { isKitError } from '../../core/errors.js'
import { formatSize } from '../../config/units.js'
import type { Owner } from '../../service/owner.js'
import type { FsckReport } from '../../store/fsck.js'
import { flagOf, type Context } from '../context.js'
import { shortened } from '../table.js'

/** Exit code 3 when damage was found and not repaired. Missing blocks are no damage. */
export async function run(context: Context): Promise<number> {
  const repair = flagOf(context, 'repair')
  const { owner, rebuilt, report } = await checkRepairing(context, repair)
  try {
    if (context.json)
      context.answer({
        ...report,
        success: repair || report.bad.length === 0,
        repaired: report.repaired + rebuilt
      })
    else {
      for (const line of shortened(
        report.bad.map(({ cid, where, reason }) => `bad ${cid} in ${where}: ${reason}`)
      ))
        context.print(line)
      for (const line of shortened(report.missing.map((cid) => `missing ${cid}`)))
        context.print(line)
      context.print(
        `${report.blocks} blocks, ${report.files} whole files, ${formatSize(report.bytes)}: ` +
          `${report.bad.length} bad, ${report.missing.length} missing, ${report.repaired + rebuilt} repaired`
      )
      if (report.bad.length > 0 && !repair)
        context.note(
          `take what is bad out of the index with \`${repairCommand(context)}\`, then add it again`
        )
    }
    return report.bad.length > 0 && !repair ? 3 : 0
  } finally {
    owner.close()
  }
}

/** The command that mends what this one found, to be pasted. */
function repairCommand(context: Context): string {
  const home = context.options['home'] === undefined ? '' : `--home ${context.home} `
  const readData = flagOf(context, 'read-data') ? ' --read-data' : ''
  return `ipfs-kit ${home}fsck${readData} --repair`
}

interface Checked {
  readonly owner: Owner
  /** Blocks of an index that was built anew. */
  readonly rebuilt: number
  readonly report: FsckReport
}

/** With --repair an index that is damaged itself is built anew first. */
async function checkRepairing(context: Context, repair: boolean): Promise<Checked> {
  try {
    return { ...(await openAndCheck(context, repair)), rebuilt: 0 }
  } catch (error) {
    if (!repair || !isKitError(error, 'CORRUPT_FORMAT')) throw error
    context.note(`${error.message}: building the index anew…`)
    const { blocks, lost } = context.services.rebuild(context.home)
    for (const line of lost) context.warn(`not taken over: ${line}`)
    return { ...(await openAndCheck(context, repair)), rebuilt: blocks }
  }
}

async function openAndCheck(context: Context, repair: boolean): Promise<Omit<Checked, 'rebuilt'>> {
  const warn = (line: string): void => context.warn(line)
  const owner = await context.services.openOwner(context.home, warn, repair)
  const progress = context.progress('checking')
  try {
    const options = { readData: flagOf(context, 'read-data'), repair }
    const report = await owner.check(options, (count) => progress.add(Number(count)))
    return { owner, report }
  } catch (error) {
    owner.close()
    throw error
  } finally {
    progress.end()
  }
}
