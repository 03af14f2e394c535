/**
 * What programs may change of a tree. A node without these is read only: whatever would change it is
 * refused with READ_ONLY. A change is seen by every reader when the call returns, and survives a power
 * cut after `sync`.
 */
/** The changes of a file. @throws STALE where it was removed; NO_SPACE, TOO_LARGE. */
export interface FileChanges {
  write(position: number, bytes: Uint8Array): void
  truncate(size: number): void
  /** @param mode permission bits. */
  setMode(mode: number): void
  /** @param accessed and @param modified in seconds since 1970, with fractions; undefined to leave one. */
  setTimes(accessed: number | undefined, modified: number | undefined): void
  sync(): void
}

/** What happens to an entry that has the new name already: it is replaced, or the call fails with EXISTS. */
export type AtTarget = 'replace' | 'keep'

/** The changes of the entries of a folder. All names are its own. */
export interface FolderChanges {
  /**
   * Creates an empty file; one that is there stays as it is, unless it must be new.
   * @returns the key of its node in the tree.
   * @throws EXISTS where it must be new, ACCESS_DENIED for a name that stands for something else.
   */
  create(name: Uint8Array, isNew: boolean): Uint8Array
  /** @throws PATH_NOT_FOUND. */
  remove(name: Uint8Array): void
  /** @throws PATH_NOT_FOUND, EXISTS, ACCESS_DENIED. */
  rename(name: Uint8Array, to: Uint8Array, atTarget: AtTarget): void
  sync(): void
}
