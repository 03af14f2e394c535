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
  readonly Hash?: string
}

/** Adds files, each at the top and each folder in a request of its own, so that its pin has its name. */
export async function upload(
  files: readonly NamedFile[],
  progress: (sent: number, total: number) => void
): Promise<Added[]> {
  const byName = byTopName(files)
  const total = files.reduce((sum, { file }) => sum + file.size, 0)
  const added: Added[] = []
  let done = 0
  for (const [name, some] of byName) {
    added.push(await uploadOne(name, some, (sent) => progress(done + sent, total)))
    done += some.reduce((sum, { file }) => sum + file.size, 0)
  }
  return added
}

function byTopName(files: readonly NamedFile[]): Map<string, NamedFile[]> {
  const found = new Map<string, NamedFile[]>()
  for (const one of files) {
    const [name = ''] = one.path.split('/')
    const some = found.get(name)
    if (some === undefined) found.set(name, [one])
    else some.push(one)
  }
  return found
}

/** `fetch` tells nothing of what was sent, so this is a XMLHttpRequest. */
function uploadOne(
  name: string,
  files: readonly NamedFile[],
  progress: (sent: number) => void
): Promise<Added> {
  const form = new FormData()
  for (const { file, path } of files) form.append('file', file, encodeURIComponent(path))
  const request = new XMLHttpRequest()
  request.open('POST', `/api/v0/add?${AS_COMMAND}&${new URLSearchParams({ 'pin-name': name })}`)
  request.upload.addEventListener('progress', ({ loaded }) => progress(loaded))
  return new Promise((resolve, reject) => {
    request.addEventListener('error', () => reject(new Error('the engine cut it off')))
    request.addEventListener('load', () => {
      if (request.status !== 200) return reject(new Error(messageOf(request.responseText)))
      const lines = request.responseText.split('\n').filter(Boolean)
      const last = JSON.parse(lines.at(-1)!) as Told
      resolve({ name, cid: last.Hash ?? '' })
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
