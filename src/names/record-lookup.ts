/** The lookup of an IPNS name: every source is asked, and the newest valid record wins. */
import { abortController, onAbort } from '../core/abort.js'
import type { Clock } from '../core/clock.js'
import { KitError, toKitError } from '../core/errors.js'
import { settledWithGrace } from '../core/settled-with-grace.js'
import type { IpnsName } from './ipns-name.js'
import { verifyIpnsRecord, type IpnsRecord } from './ipns-record.js'
import type { RecordSource } from './sources.js'
import { GRACE_MS } from './ttl.js'

/**
 * Returns the newest valid record that any of the sources has.
 * @throws BLOCK_NOT_FOUND if every source says that it has none; else the worst failure.
 */
export async function newestRecord(
  sources: readonly RecordSource[],
  name: IpnsName,
  clock: Clock,
  signal: AbortSignal
): Promise<IpnsRecord> {
  const answers = await answersOf(sources, name, clock, signal)
  const records = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  const [newest] = records.sort(newestFirst)
  if (newest !== undefined) return newest
  const failures = answers.flatMap((answer) =>
    answer.status === 'rejected' ? [toKitError(answer.reason)] : []
  )
  throw lookupError(name, failures)
}

/** Asks all sources at once; those that are much slower than the first are given up. */
async function answersOf(
  sources: readonly RecordSource[],
  name: IpnsName,
  clock: Clock,
  signal: AbortSignal
): Promise<PromiseSettledResult<IpnsRecord>[]> {
  const lookup = abortController()
  const release = onAbort(signal, () => lookup.abort(signal.reason))
  const answers = await settledWithGrace(
    sources.map((source) => newestOf(source, name, clock, lookup.signal)),
    GRACE_MS
  )
  release()
  lookup.abort(new KitError('ABORTED', 'others have answered'))
  if (signal.aborted) throw signal.reason
  return answers
}

const newestFirst = (a: IpnsRecord, b: IpnsRecord): number =>
  a.sequence === b.sequence ? b.validUntil - a.validUntil : a.sequence > b.sequence ? -1 : 1

/** Returns the newest valid record of a source. @throws the last fault if none is valid. */
async function newestOf(
  source: RecordSource,
  name: IpnsName,
  clock: Clock,
  signal: AbortSignal
): Promise<IpnsRecord> {
  const good: IpnsRecord[] = []
  let failure: unknown
  for (const bytes of await source.getNameRecords(name.text, { signal }))
    try {
      good.push(verified(source, bytes, name, clock))
    } catch (error) {
      failure = error
    }
  const [newest] = good.sort(newestFirst)
  if (newest === undefined) throw failure
  return newest
}

function verified(
  source: RecordSource,
  bytes: Uint8Array,
  name: IpnsName,
  clock: Clock
): IpnsRecord {
  try {
    return verifyIpnsRecord(bytes, name, clock.now())
  } catch (error) {
    const { code, message } = toKitError(error)
    throw new KitError(code, `${source.name}: ${message}`, { cause: error })
  }
}

/** Makes the error of a failed lookup; the name is missing only if every source said so. */
function lookupError(name: IpnsName, failures: readonly KitError[]): KitError {
  const worst = failures.find(({ code }) => code !== 'BLOCK_NOT_FOUND')
  if (worst === undefined)
    return new KitError('BLOCK_NOT_FOUND', `nobody has a record of /ipns/${name.text}`)
  const said = failures.map(({ message }) => message).join('; ')
  return new KitError(worst.code, `/ipns/${name.text} cannot be looked up now: ${said}`, {
    cause: worst
  })
}
