/**
 * Reads XML as it comes, strictly and in bounded memory: no document types, and so no entities but
 * the five of XML itself.
 * Source: https://www.w3.org/TR/xml/, https://www.w3.org/TR/xml-names/
 */

/** Characters of one tag, or of a text between two. */
const MAX_TOKEN = 64 * 1024
const MAX_DEPTH = 64

/** Names are `NAMESPACE LOCAL`, such as `DAV: href`; that of the parent of the root is empty. */
export interface XmlHandler {
  open(name: string, parent: string): void
  text(text: string): void
  close(name: string, parent: string): void
}

const TAG = /<(\/?)([^\s/>=<]+)((?:\s+[^\s=/><]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y
const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'"
}
/** What is passed over, by its beginning and its end. */
const PASSED = [
  ['<!--', '-->'],
  ['<?', '?>']
] as const
const CDATA = ['<![CDATA[', ']]>'] as const

type Namespaces = Readonly<Record<string, string>>

interface OpenElement {
  readonly tag: string
  readonly name: string
  readonly namespaces: Namespaces
}

export class XmlReader {
  readonly #handler: XmlHandler
  readonly #open: OpenElement[] = []
  #rest = ''
  #at = 0
  #hasRoot = false

  constructor(handler: XmlHandler) {
    this.#handler = handler
  }

  /** Takes the next part of the document. @throws Error for what is not well-formed. */
  push(text: string): void {
    this.#rest = this.#rest.slice(this.#at) + text
    this.#at = 0
    while (this.#step());
    if (this.#rest.length - this.#at > MAX_TOKEN) throw new Error(`a part of it is over ${MAX_TOKEN} characters long`) // prettier-ignore
  }

  /** @throws Error where the document is not whole. */
  end(): void {
    if (!this.#hasRoot || this.#open.length > 0 || this.#rest.slice(this.#at).trim() !== '')
      throw new Error('it is cut short, or not well-formed')
  }

  /** Takes one text or tag. @returns whether there was a whole one. */
  #step(): boolean {
    const begin = this.#rest.indexOf('<', this.#at)
    if (begin < 0) return false
    if (begin > this.#at) this.#handler.text(decoded(this.#rest.slice(this.#at, begin)))
    this.#at = begin
    for (const [first, last] of PASSED)
      if (this.#rest.startsWith(first, begin)) return this.#takeTo(last) !== undefined
    if (this.#rest.startsWith(CDATA[0], begin)) return this.#cdata()
    if (this.#rest[begin + 1] === '!') return this.#undecided(begin)
    TAG.lastIndex = begin
    const found = TAG.exec(this.#rest)
    if (found === null) return false
    this.#at = TAG.lastIndex
    this.#tag(found)
    return true
  }

  /** Takes what ends with a mark. @returns it, without the mark; undefined where it is not whole. */
  #takeTo(mark: string): string | undefined {
    const end = this.#rest.indexOf(mark, this.#at)
    if (end < 0) return undefined
    const taken = this.#rest.slice(this.#at, end)
    this.#at = end + mark.length
    return taken
  }

  #cdata(): boolean {
    const taken = this.#takeTo(CDATA[1])
    if (taken !== undefined) this.#handler.text(taken.slice(CDATA[0].length))
    return taken !== undefined
  }

  /** A comment or CDATA may begin here, of which more is to come. */
  #undecided(begin: number): boolean {
    const start = this.#rest.slice(begin, begin + CDATA[0].length)
    if ('<!--'.startsWith(start) || CDATA[0].startsWith(start)) return false
    throw new Error('it declares a document type, which is refused')
  }

  #tag([, slash, tag, attributes, empty]: RegExpExecArray): void {
    if (slash === '') this.#begin(tag!, attributes!)
    if (slash !== '' || empty !== '') this.#end(tag!)
  }

  #begin(tag: string, attributes: string): void {
    const above = this.#open.at(-1)
    if (above === undefined && this.#hasRoot) throw new Error('it has two roots')
    if (this.#open.length === MAX_DEPTH) throw new Error(`it is over ${MAX_DEPTH} levels deep`)
    const namespaces = declared(attributes, above?.namespaces ?? {})
    const [, prefix = '', local = ''] = /^(?:([^:]*):)?(.*)$/s.exec(tag) ?? []
    const name = `${namespaces[prefix] ?? ''} ${local}`
    this.#hasRoot = true
    this.#open.push({ tag, name, namespaces })
    this.#handler.open(name, above?.name ?? '')
  }

  #end(tag: string): void {
    const ended = this.#open.pop()
    if (ended?.tag !== tag) throw new Error('its tags do not match')
    this.#handler.close(ended.name, this.#open.at(-1)?.name ?? '')
  }
}

/** The namespaces by their prefixes, where these attributes hold. */
function declared(attributes: string, above: Namespaces): Namespaces {
  if (!attributes.includes('xmlns')) return above
  const namespaces: Record<string, string> = { ...above }
  for (const [, name, one, other] of attributes.matchAll(ATTRIBUTE)) {
    const [, prefix] = /^xmlns(?::(.+))?$/.exec(name!) ?? []
    if (name === 'xmlns' || prefix !== undefined)
      namespaces[prefix ?? ''] = decoded(one ?? other ?? '')
  }
  return namespaces
}

/** A text with the five entities and characters by their numbers. */
const decoded = (text: string): string =>
  text.includes('&') ? text.replace(/&([^;&]{0,10})(;?)/g, (_, name: string, end: string) => character(name, end)) : text // prettier-ignore

function character(name: string, end: string): string {
  const number = /^#(?:x([0-9a-f]+)|(\d+))$/i.exec(name)
  const code = number === null ? -1 : Number.parseInt(number[1] ?? number[2]!, number[1] ? 16 : 10)
  const found = code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ENTITIES[name]
  if (found === undefined || end === '') throw new Error('it names an unknown entity')
  return found
}
