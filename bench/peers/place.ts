/** A tree as somebody shows it: natively, or through a mount. */

/** What is measured: one large file, one folder of small files, one sharded directory. */
export type Part = 'file' | 'folder' | 'entries'

export interface Shown {
  readonly paths: Readonly<Record<Part, string>>
  /** The local files and folders that the bytes of a part come from. */
  readonly backing: Readonly<Record<Part, readonly string[]>>
  /** Who serves it; none for the native file system. */
  readonly pids: readonly number[]
  close(): Promise<void>
}

export interface Place {
  readonly name: string
  /** Mount it; resolves when it can be read. */
  open(mountpoint: string): Promise<Shown>
}

/** What everybody shows: made once, in plain folders. */
export type Sources = Readonly<Record<Part, string>>
