/**
 * The last step of a put: a file that was written under another name is given its own. Some servers let
 * a user write and not rename, so errors of this step are told from those of the others.
 */
const ofRename = new WeakSet<Error>()

/** Marks the error of a rename, which stays what it is for whoever looks at it. */
export async function renaming<T>(step: Promise<T>): Promise<T> {
  return await step.catch((error: unknown) => {
    throw asRenameError(error)
  })
}

export function asRenameError<T>(error: T): T {
  if (error instanceof Error) ofRename.add(error)
  return error
}

/** Whether it is the error of a rename, or was made of one. */
export function isRenameError(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (ofRename.has(at)) return true
  return false
}
