/**
 * Types in DuckDB's words, whoever wrote them: read strictly and written anew, so that a statement gets
 * nothing but a type.
 */
import { KitError } from '../core/errors.js'

/** A name or a text in quotes, a word, a number, or a sign. */
const TOKEN = /\s*("(?:[^"\0]|"")*"|'(?:[^'\0]|'')*'|[A-Za-z_][A-Za-z0-9_]*|\d+|[(),[\]])/y
const NAME = /^["A-Za-z_]/
/** Levels of nesting that no table needs. */
const MAX_DEPTH = 100

/** Returns a type as a statement may have it. @throws CORRUPT_FORMAT for what is no type. */
export function typeText(text: string): string {
  const reader = new TypeReader(text)
  const type = reader.type(0)
  reader.end()
  return type
}

class TypeReader {
  readonly #text: string
  readonly #tokens: readonly string[]
  #at = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = this.#cut(text.trimEnd())
  }

  #cut(text: string): string[] {
    const tokens: string[] = []
    for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
      TOKEN.lastIndex = at
      const found = TOKEN.exec(text)
      if (found === null) throw this.#wrong()
      tokens.push(found[1]!)
    }
    return tokens
  }

  type(depth: number): string {
    if (depth > MAX_DEPTH) throw this.#wrong()
    let type = this.#base(depth)
    while (this.#takes('[')) {
      const length = /^\d/.test(this.#tokens[this.#at] ?? '') ? this.#next() : ''
      this.#expect(']')
      type += `[${length}]`
    }
    return type
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.#wrong()
  }

  #base(depth: number): string {
    const name = this.#name()
    if (/^times?(tamp)?$/i.test(name) && /^with$/i.test(this.#tokens[this.#at] ?? '')) {
      for (const word of ['WITH', 'TIME', 'ZONE']) if (this.#next().toUpperCase() !== word) throw this.#wrong() // prettier-ignore
      return `${name} WITH TIME ZONE`
    }
    if (!this.#takes('(')) return name
    const items: string[] = []
    do items.push(this.#item(name.toUpperCase(), depth + 1))
    while (this.#takes(','))
    this.#expect(')')
    return `${name}(${items.join(/^\d/.test(items[0]!) ? ',' : ', ')})`
  }

  #item(of: string, depth: number): string {
    if (of === 'STRUCT' || of === 'UNION') return `${this.#name()} ${this.type(depth)}`
    if (of === 'MAP') return this.type(depth)
    const value = this.#next()
    if (!/^['\d]/.test(value)) throw this.#wrong()
    return value
  }

  #name(): string {
    const name = this.#next()
    if (!NAME.test(name)) throw this.#wrong()
    return name
  }

  #next(): string {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw this.#wrong()
    return token
  }

  #takes(sign: string): boolean {
    if (this.#tokens[this.#at] !== sign) return false
    this.#at++
    return true
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) throw this.#wrong()
  }

  #wrong(): KitError {
    return new KitError('CORRUPT_FORMAT', `${JSON.stringify(this.#text.slice(0, 100))} is no type of a column`) // prettier-ignore
  }
}
