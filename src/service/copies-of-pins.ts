/** The copies of pins as the index is told of them: mappings, and the types of their backends. */
import { readConfigured } from '../../backends/configured.js'
import { isKitError } from '../core/errors.js'
import { copySettings, type IndexedCopy } from '../metadata/mapping-locations.js'
import type { IndexPatch } from '../metadata/patch.js'
import type { Mapping } from '../pins/mapping.js'

/** @param of returns all mappings of a pin. */
export function copyPatches(
  home: string,
  cids: Iterable<string>,
  of: (cid: string) => readonly Mapping[],
  at: number
): readonly IndexPatch[] {
  const known = new Map<string, Pick<IndexedCopy, 'type' | 'options'>>()
  const backendOf = (name: string): Pick<IndexedCopy, 'type' | 'options'> => {
    let backend = known.get(name)
    if (backend === undefined) known.set(name, (backend = configured(home, name)))
    return backend
  }
  return [...new Set(cids)].map((cid) => {
    const copies = of(cid).map(({ backend, carPath, createdAt, status }) => ({
      ...backendOf(backend),
      backend,
      carPath,
      createdAt,
      isStored: status === 'stored'
    }))
    return { cid, at, set: copySettings(copies) }
  })
}

/** A backend that is broken or gone has no type. */
function configured(home: string, name: string): Pick<IndexedCopy, 'type' | 'options'> {
  try {
    const { type, options } = readConfigured(home, name) ?? { type: '', options: {} }
    const texts = Object.entries(options).map(([key, values]) => [key, values?.join(', ')])
    return { type, options: Object.fromEntries(texts) as Readonly<Record<string, string>> }
  } catch (error) {
    if (isKitError(error)) return { type: '', options: {} }
    throw error
  }
}
