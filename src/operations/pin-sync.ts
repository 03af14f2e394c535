/**
 * Brings backends to what their mappings say: copies that are not stored are stored, and the files of
 * mappings are copied to the backends that are folders.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isKitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { readRange } from '../../backends/files/read-range.js'
import type { Backend } from '../../backends/backend.js'
import { CAR, PARQUET } from '../pins/pair-files.js'
import { placeMarkOf } from '../pins/target-of.js'
import type { PinMappings } from '../pins/pin-mappings.js'
import type { Automatic } from './due-tries.js'
import { knownPlace } from './known-place.js'
import { withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'
import { PinBackends } from './pin-backends.js'
import { pinHeal } from './pin-heal.js'
import type { PinOutcome } from './pin-outcome.js'
import type { Run } from './run.js'
import { asksForCopies } from './unplaced-pins.js'
import { unsoundCopies } from './unsound-copies.js'

export interface PinSyncRequest {
  /** Only this one. */
  readonly backend?: string | undefined
  /** Where nobody asks for it: then only copies are tried whose time has come. */
  readonly automatic?: Automatic | undefined
}

export interface PinSyncResult {
  readonly copies: readonly PinOutcome[]
  /** Backends that were asked nothing, since all their copies are stored. */
  readonly untouched: readonly string[]
  /** Files of mappings that were copied, as `BACKEND: NAME`. */
  readonly mappingFiles: readonly string[]
}

/** The folder of copied files of mappings, on each backend that is a folder. */
const FOLDER = 'pin_mappings'
const MAX_FILE = 2 ** 31

/** @throws PATH_NOT_FOUND for a backend that is none. */
export const pinSync: Operation<PinSyncRequest, PinSyncResult> = async (services, request, run) => {
  const { needing, untouched } = await withMappings(services.home, async (mappings) => {
    const names = request.backend === undefined ? mappings.names : [request.backend]
    const needing: string[] = []
    for (const name of names) if (await isUnsound(mappings, name, run.signal)) needing.push(name)
    return { needing, untouched: names.filter((name) => !needing.includes(name)) }
  })
  const backends = new PinBackends(services, run)
  try {
    if (request.backend !== undefined) backends.configured(request.backend)
    // A policy may ask for copies that no backend has heard of yet.
    const asks = asksForCopies(services.pinPolicy)
    const named = request.backend === undefined ? [] : [request.backend]
    const { copies } =
      needing.length === 0 && !asks
        ? { copies: [] }
        : await pinHeal(
            services,
            { backends: asks ? named : needing, unsoundOnly: true, automatic: request.automatic },
            run
          )
    const worked = new Set(copies.map(({ backend }) => backend))
    const mappingFiles = await copyMappings(services.home, backends, run)
    return { copies, untouched: untouched.filter((name) => !worked.has(name)), mappingFiles }
  } finally {
    await backends.close()
  }
}

async function isUnsound(
  mappings: PinMappings,
  name: string,
  signal: AbortSignal
): Promise<boolean> {
  if (mappings.backend(name) === undefined) return false
  for await (const { status } of unsoundCopies(mappings, [name], signal))
    if (status !== 'stored') return true
  return false
}

/** Copies the files of all mappings to the backends that are folders, where they differ. */
async function copyMappings(home: string, backends: PinBackends, run: Run): Promise<string[]> {
  const copied: string[] = []
  const folders = backends.names.filter((name) => FOLDERS.has(backends.configured(name).type))
  for (const name of folders)
    try {
      const backend = await backends.backend(name)
      await checkPlace(home, name, backend, run)
      for (const source of backends.names)
        for (const file of [PARQUET, CAR])
          if (
            await copyFile(
              join(home, 'backends', source, file),
              backend,
              `${FOLDER}/${source}/${file}`,
              run
            )
          )
            // prettier-ignore
            copied.push(`${name}: ${FOLDER}/${source}/${file}`)
    } catch (error) {
      if (!isKitError(error) || error.code === 'ABORTED') throw error
      run.warn(`the files of mappings are not copied to ${name}: ${error.message}`)
    }
  return copied
}

/** A folder on which a disk is to be mounted must not get what the disk is to have. @throws BACKEND_UNAVAILABLE. */
async function checkPlace(
  home: string,
  name: string,
  { facets: { fileReader } }: Backend,
  run: Run
): Promise<void> {
  if (fileReader !== undefined)
    await placeMarkOf(fileReader, knownPlace(home, name, run)).check(run.signal)
}

const FOLDERS: ReadonlySet<string> = new Set(['filesystem', 'sshfs'])

/** @returns whether the file was copied; one that is there already is left alone. */
async function copyFile(
  path: string,
  { facets }: Backend,
  name: string,
  { signal }: Run
): Promise<boolean> {
  const { fileReader, fileWriter } = facets
  const bytes = ifPresent(() => readFileSync(path))
  if (bytes === undefined || fileReader === undefined || fileWriter === undefined) return false
  const there = await fileReader.stat(name, { signal })
  if (there?.size === bytes.length) {
    const found = await readRange(fileReader, name, { position: 0 }, MAX_FILE, { signal })
    if (bytes.equals(found)) return false
  }
  await fileWriter.put(name, () => [bytes], { signal })
  return true
}
