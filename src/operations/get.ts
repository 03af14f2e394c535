/** Copies a file or folder out of the store to the disk: completely, or not at all. */
import { existsSync, lstatSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { textOf } from '../core/bytes.js'
import { KitError, toKitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { renameToNew, temporaryBeside } from '../core/new-file.js'
import { printable } from '../core/printable.js'
import { removeTree } from '../core/remove-tree.js'
import { noteRead } from '../metadata/read-notes.js'
import { Extraction } from './extraction.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import { throwIfAborted } from './run.js'
import { sizeHint } from './size-hint.js'
import { target } from './target.js'
import { withContent } from './with-content.js'

export interface GetRequest {
  /** CIDPATH. */
  readonly path: string
  /** The path to make; by default the last name of CIDPATH, in the current folder. */
  readonly output?: string | undefined
}

export interface GetResult {
  readonly cid: string
  /** The path that was made. */
  readonly output: string
}

/**
 * Copies a file or folder out. It is made under a temporary name in the same folder and renamed
 * when it is complete.
 * @throws EXISTS, PATH_NOT_FOUND for a missing folder, NAME_TOO_LONG, and what reading it throws.
 */
export const get: Operation<GetRequest, GetResult> = (services, request, run) =>
  withContent(services, run, true, async (view) => {
    const { cid, path } = await target(view, services, request.path)
    const last = path.names.at(-1)
    const out = resolve(request.output ?? (last === undefined ? String(path.root) : nameFor(last)))
    if (ifPresent(() => lstatSync(out)) !== undefined)
      throw new KitError(
        'EXISTS',
        `${printable(Buffer.from(out))} exists already; choose another name with -o`
      )
    if (!existsSync(dirname(out)))
      throw new KitError('PATH_NOT_FOUND', `the folder ${dirname(out)} does not exist`)
    // From here on signals are waited for: one that came unnoticed would leave the file behind.
    throwIfAborted(run)
    const temporary = temporaryBeside(out)
    try {
      const extraction = new Extraction(view, run, sizeHint(view, cid))
      await extraction.extract(cid, Buffer.from(temporary))
      renameToNew(temporary, out)
      noteRead(services.home, String(cid), Date.now())
    } catch (error) {
      await removeOrWarn(temporary, run)
      throw error
    }
    return { cid: String(cid), output: out }
  })

/** Removes what was made. A failure must not hide the error that led here. */
async function removeOrWarn(temporary: string, { warn }: Run): Promise<void> {
  try {
    await removeTree(Buffer.from(temporary))
  } catch (error) {
    warn(`${temporary} is left behind, and cannot be removed: ${toKitError(error).message}`)
  }
}

function nameFor(name: Uint8Array): string {
  const text = textOf(name)
  if (text !== undefined) return text
  throw new KitError('INVALID_ARGUMENT', `"${printable(name)}" is not UTF-8; give a name with -o`)
}
