/** Puts a file in the place of another, also on servers that replace none. */
import { renaming } from '../files/rename-step.js'
import { temporaryName } from '../files/temporary-name.js'
import type { Connection } from './connection.js'
import { isRefused } from './errors.js'

/** A file that a put took away from its place, with the name that it had there. */
const ASIDE = /^\.put-[0-9a-f-]{36}-(.+)\.older$/

export const isAside = (name: string): boolean => ASIDE.test(name)

/** The name that a file had which went aside, in the same folder. */
export const targetOf = (name: string): string | undefined => ASIDE.exec(name)?.[1]

/**
 * Renames over what is there. A server that refuses to replace has the older file moved aside and
 * back if the newer one cannot take its place: for a moment, there is no file of that name.
 */
export async function replace(
  connection: Connection,
  temporary: string,
  name: string
): Promise<void> {
  const { client } = connection
  const [from, to] = [connection.pathOf(temporary), connection.pathOf(name)]
  try {
    await renaming(client.rename(from, to))
  } catch (error) {
    if (!isRefused(error) || (await connection.look(name)) === undefined) throw error
    const aside = connection.pathOf(asideName(name))
    await client.rename(to, aside).catch(() => {
      throw error
    })
    await renaming(client.rename(from, to)).catch(async (again: unknown) => {
      // Somebody else may have put it back already.
      await client.rename(aside, to).catch(() => undefined)
      throw again
    })
    await client.remove(aside, true)
  }
}

/** Tells where the file belongs, which is moved back there where its put was killed. */
function asideName(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1)
  return temporaryName(name).replace(/\.tmp$/, `-${base}.older`)
}

/** @param isTaken whether there is a file of that name: then a put came to its end, but for this. */
export async function putBack(
  connection: Connection,
  aside: string,
  name: string,
  isTaken: boolean
): Promise<void> {
  const { client } = connection
  if (isTaken) return void (await client.remove(connection.pathOf(aside), true))
  await client.rename(connection.pathOf(aside), connection.pathOf(name)).catch((error: unknown) => {
    if (!isRefused(error)) throw error
  })
}
