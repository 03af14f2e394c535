/**
 * Files that a put takes away from their place, on servers that do not replace one by another. Their
 * names tell where each belongs: it is put back where its put was killed meanwhile.
 */
import { renaming } from '../files/rename-step.js'
import { checkPublicName } from '../files/temporary-name.js'
import { hasStatus, STATUS } from './errors.js'
import { POSIX_RENAME, type Session } from './session.js'

/** The folder of files that are being put. */
export const INCOMING = '.ipfs-kit-put'
/** Ends the name of a file that a put took away from its place, which is put back where the put ended there. */
const OLDER = '.older'
const OLDER_NAME = /^[\da-f-]{36}-\d+-(.+)\.older$/
/** Others may put under the same name at once, so often. */
const MAX_TAKEN = 8
/** Ends what is done for a call that has ended. */
const CLEANUP_MS = 10_000

export const isAside = (name: string): boolean => name.endsWith(OLDER)

/**
 * Gives a whole file its name. A server without posix-rename refuses a name that is taken: there the
 * older file goes aside first, and whoever looks in between finds neither.
 */
export async function moveInto(
  session: Session,
  from: string,
  root: string,
  name: string,
  signal: AbortSignal
): Promise<void> {
  // prettier-ignore
  const to = `${root}/${name}`
  if (session.offers(POSIX_RENAME)) return await renaming(session.replace(from, to, signal))
  const aside: string[] = []
  for (let tries = 1; ; tries++)
    try {
      await renaming(session.rename(from, to, signal))
      break
    } catch (error) {
      if (!hasStatus(error, STATUS.failure) || tries > MAX_TAKEN)
        throw await afterReturn(session, aside.at(-1), to, error)
      const path = `${from}-${tries}-${encodeURIComponent(name)}${OLDER}`
      if (await goesAside(session, to, path, signal)) aside.push(path)
    }
  for (const path of aside) await removeIfAny(session, path, signal)
}

/** Another put may have tidied it up. */
async function removeIfAny(session: Session, path: string, signal: AbortSignal): Promise<void> {
  await session.remove(path, signal).catch((error: unknown) => {
    if (!hasStatus(error, STATUS.noSuchFile)) throw error
  })
}

/**
 * Puts a file back that a put took away which was killed then, unless its name is taken: a put that is
 * still under way moves it away once more.
 */
export async function putBack(
  session: Session,
  root: string,
  aside: string,
  signal: AbortSignal
): Promise<void> {
  // prettier-ignore
  const name = targetOf(aside)
  if (name === undefined) return
  const [from, to] = [`${root}/${INCOMING}/${aside}`, `${root}/${name}`]
  try {
    await session.rename(from, to, signal)
  } catch (error) {
    if (hasStatus(error, STATUS.noSuchFile)) return
    const found = await session.lstat(to, signal).catch(() => undefined)
    if (found?.isFile() !== true) throw error
    await removeIfAny(session, from, signal)
  }
}

/** The name that a file had which went aside; undefined for one of earlier versions, which do not tell. */
function targetOf(aside: string): string | undefined {
  try {
    const name = decodeURIComponent(OLDER_NAME.exec(aside)?.[1] ?? '')
    checkPublicName(name)
    return name
  } catch {
    return undefined
  }
}

/** Moves a file away; whoever puts under the same name may have done it. */
async function goesAside(
  session: Session,
  path: string,
  aside: string,
  signal: AbortSignal
): Promise<boolean> {
  // prettier-ignore
  try {
    await renaming(session.rename(path, aside, signal))
    return true
  } catch (error) {
    if (hasStatus(error, STATUS.noSuchFile)) return false
    throw error
  }
}

/** Moves the older file back where the new one cannot take its place. @returns the error. */
async function afterReturn(
  session: Session,
  aside: string | undefined,
  to: string,
  error: unknown
): Promise<unknown> {
  // prettier-ignore
  if (aside !== undefined)
    await session.rename(aside, to, AbortSignal.timeout(CLEANUP_MS)).catch(() => undefined)
  return error
}
