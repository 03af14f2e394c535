/** A tree as somebody shows it: natively, or through a mount. */

/**
 * What is measured: one large file, one folder of small files, one sharded directory, one folder
 * of small files that nothing reads until they are read by their names.
 */
export type Part = 'file' | 'folder' | 'entries' | 'named'

/** Something for each part. */
export const forParts = <T>(of: (part: Part) => T): Readonly<Record<Part, T>> => ({
  file: of('file'),
  folder: of('folder'),
  entries: of('entries'),
  named: of('named')
})

export interface Shown {
  readonly paths: Readonly<Record<Part, string>>
  /** The local files and folders that the bytes of a part come from. */
  readonly backing: Readonly<Record<Part, readonly string[]>>
  /** Who serves it; none for the native file system. */
  pids(): Promise<readonly number[]>
  close(): Promise<void>
}

export interface Place {
  readonly name: string
  /** Mount it; resolves when it can be read. */
  open(mountpoint: string): Promise<Shown>
}

/** Undefined where a kernel has no passthrough to measure. */
export async function openOrSkip(place: Place, mountpoint: string): Promise<Shown | undefined> {
  try {
    return await place.open(mountpoint)
  } catch (error) {
    if (String(error).includes('does not allow passthrough')) return undefined
    throw error
  }
}

/** What everybody shows: made once, in plain folders. */
export type Sources = Readonly<Record<Part, string>>
