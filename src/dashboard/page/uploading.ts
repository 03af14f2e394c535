/** Sends files of the browser to be added, folders as trees, with progress. */

export interface NamedFile {
  readonly file: File
  /** With the folders it is in, as `photos/2026/one.jpg`. */
  readonly path: string
}

export interface Added {
  readonly name: string
  readonly cid: string
}

/** Returns the files that were dropped, those in folders too. */
export async function droppedFiles({ items, files }: DataTransfer): Promise<NamedFile[]> {
  // Entries must be taken before anything is waited for: afterwards the list is empty.
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  if (entries.length === 0) return [...files].map((file) => ({ file, path: file.name }))
  return (await Promise.all(entries.map((entry) => filesBelow(entry, '')))).flat()
}

async function filesBelow(entry: FileSystemEntry, above: string): Promise<NamedFile[]> {
  const path = above + entry.name
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
    return [{ file, path }]
  }
  if (!isFolder(entry)) return []
  const found: NamedFile[] = []
  const reader = entry.createReader()
  for (;;) {
    // A reader gives a hundred entries at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject)
    )
    if (some.length === 0) return found.length > 0 ? found : [emptyFolder(path)]
    for (const one of some) found.push(...(await filesBelow(one, `${path}/`)))
  }
}

/** A folder without files is sent as a part of its own. */
const emptyFolder = (path: string): NamedFile => ({
  file: new File([], path, { type: 'application/x-directory' }),
  path
})

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory

/** Files are cut as `ipfs-kit add` cuts them, so that they have the same CIDs. */
const AS_COMMAND =
  'pin=true&progress=false&cid-version=1&raw-leaves=true&chunker=size-1048576&max-file-links=1024'

interface Told {
  readonly Name?: string
  readonly Hash?: string
}

/**
 * Adds files in one request. `fetch` tells nothing of what was sent, so this is a XMLHttpRequest.
 * @returns the files and folders at the top.
 */
export function upload(
  files: readonly NamedFile[],
  progress: (sent: number, total: number) => void
): Promise<Added[]> {
  const form = new FormData()
  for (const { file, path } of files) form.append('file', file, encodeURIComponent(path))
  const request = new XMLHttpRequest()
  request.open('POST', `/api/v0/add?${AS_COMMAND}`)
  request.upload.addEventListener('progress', ({ loaded, total }) => progress(loaded, total))
  return new Promise((resolve, reject) => {
    request.addEventListener('error', () => reject(new Error('the engine cut it off')))
    request.addEventListener('load', () => {
      if (request.status !== 200) return reject(new Error(messageOf(request.responseText)))
      const told = request.responseText
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Told)
      resolve(
        told.flatMap(({ Name: name = '', Hash: cid = '' }) =>
          name.includes('/') || cid === '' ? [] : [{ name, cid }]
        )
      )
    })
    request.send(form)
  })
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { Message?: string }).Message ?? text
  } catch {
    return text
  }
}
