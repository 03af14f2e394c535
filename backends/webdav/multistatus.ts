/**
 * What a PROPFIND answers, entry by entry as it comes.
 * Source: RFC 4918, 9.1 and 13
 */
import type { FileEntry } from '../facets/named-files.js'
import { XmlReader, type XmlHandler } from './xml.js'

/** Bytes of an answer: some two million entries. */
const MAX_ANSWER = 1 << 30

export const PROPFIND =
  '<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getetag/><getlastmodified/></prop></propfind>'

/** Properties of a file or folder, as texts. */
export interface DavEntry {
  href: string
  isFolder: boolean
  getcontentlength?: string
  getetag?: string
  getlastmodified?: string
}

type Properties = Partial<DavEntry> & { isFound?: boolean }

const TEXTS: ReadonlySet<string> = new Set(
  ['href', 'status', 'getcontentlength', 'getetag', 'getlastmodified'].map((name) => `DAV: ${name}`)
)

class Entries implements XmlHandler {
  found: DavEntry[] = []
  #entry: DavEntry = { href: '', isFolder: false }
  #properties: Properties = {}
  #text: string | undefined

  open(name: string, parent: string): void {
    if (parent === '' && name !== 'DAV: multistatus') throw new Error('it is no multistatus')
    if (name === 'DAV: response') this.#entry = { href: '', isFolder: false }
    if (name === 'DAV: propstat') this.#properties = {}
    if (name === 'DAV: collection' && parent === 'DAV: resourcetype') this.#properties.isFolder = true // prettier-ignore
    this.#text = TEXTS.has(name) ? '' : undefined
  }

  text(text: string): void {
    if (this.#text !== undefined) this.#text += text
  }

  close(name: string, parent: string): void {
    const text = this.#text?.trim() ?? ''
    this.#text = undefined
    if (parent === 'DAV: prop' && TEXTS.has(name))
      this.#properties[name.slice('DAV: '.length) as 'getetag'] = text
    else if (name === 'DAV: status') this.#properties.isFound = /^HTTP\/\S+ 200\b/.test(text)
    else if (name === 'DAV: href' && parent === 'DAV: response') this.#entry.href = text
    else if (name === 'DAV: propstat') this.#takeProperties()
    else if (name === 'DAV: response') this.found.push(this.#entry)
  }

  /** Properties of which the server says that they are not there are none. */
  #takeProperties(): void {
    const { isFound, ...properties } = this.#properties
    if (isFound === true) Object.assign(this.#entry, properties)
  }
}

/** @throws Error for what is no answer of WebDAV, or too large. */
export async function* entriesOf(body: AsyncIterable<Uint8Array>): AsyncIterable<DavEntry> {
  const entries = new Entries()
  const xml = new XmlReader(entries)
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  let length = 0
  for await (const piece of body) {
    length += piece.length
    if (length > MAX_ANSWER) throw new Error(`it is over ${MAX_ANSWER} bytes long`)
    xml.push(utf8.decode(piece, { stream: true }))
    yield* entries.found
    entries.found = []
  }
  xml.push(utf8.decode())
  xml.end()
}

/** The file of an entry; undefined for a folder, and for what has no size. */
export function fileOf(name: string, entry: DavEntry): FileEntry | undefined {
  const { isFolder, getcontentlength: length = '', getetag, getlastmodified } = entry
  if (isFolder || !/^\d{1,15}$/.test(length)) return undefined
  return { name, size: Number(length), version: getetag || `${getlastmodified ?? ''}-${length}` }
}

/**
 * The path of an entry below a folder, decoded; undefined for the folder itself.
 * @param folder the URL that was listed; it ends with a slash.
 * @throws Error for what lies elsewhere.
 */
export function pathBelow(folder: URL, href: string): string | undefined {
  if (!URL.canParse(href, folder.href)) throw new Error('is no URL')
  const url = new URL(href, folder)
  if (url.host !== folder.host) throw new Error('is on another host')
  // Servers differ in what they encode.
  const [path, top] = [url.pathname, folder.pathname].map((text) => decodeURIComponent(text)) as [string, string] // prettier-ignore
  if (`${path}/` === top || path === top) return undefined
  if (!path.startsWith(top)) throw new Error('is not in the folder')
  return path.slice(top.length).replace(/\/$/, '')
}
