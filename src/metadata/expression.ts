/**
 * Parses what people ask for, such as
 * `mime_type == 'application/pdf' and size_bytes > 1048576 and pinned and 'draft' in tags`.
 */
import { KitError } from '../core/errors.js'
import { OPERATORS, type Condition, type Literal, type Operator } from './predicate.js'

/** Most characters of an expression. */
const MAX_TEXT = 64 << 10

type Token =
  | { readonly kind: 'word'; readonly text: string; readonly at: number }
  | {
      readonly kind: 'literal'
      readonly value: Literal
      readonly text: string
      readonly at: number
    }
  | { readonly kind: 'sign'; readonly text: string; readonly at: number }

const TOKEN =
  /\s*(?:(?<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*")|(?<time>\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?)|(?<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)|(?<sign>==|!=|>=|<=|<>|&&|[=<>[\](),])|(?<word>[A-Za-z_](?:[\w-]|\.(?=[\w-]))*(?:\[(?:'[^']*'|"[^"]*")\])?))/isy

function tokensOf(text: string): Token[] {
  if (text.length > MAX_TEXT) throw new KitError('USAGE', `an expression has at most ${MAX_TEXT} characters`) // prettier-ignore
  const tokens: Token[] = []
  const end = text.trimEnd().length
  TOKEN.lastIndex = 0
  for (let at = 0; at < end; at = TOKEN.lastIndex) {
    const found = TOKEN.exec(text)
    if (found?.groups === undefined) throw wrong(text, at, 'a field, an operator or a value')
    tokens.push(tokenOf(found.groups, at))
  }
  return tokens
}

const CONSTANTS: ReadonlyMap<string, Literal> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
  ['none', null]
])

function tokenOf(groups: Readonly<Record<string, string | undefined>>, at: number): Token {
  const { quoted, time, number, sign, word = '' } = groups
  if (quoted !== undefined) {
    const mark = quoted[0]!
    const value = quoted.slice(1, -1).replaceAll(mark + mark, mark)
    return { kind: 'literal', value, text: quoted, at }
  }
  if (time !== undefined) return { kind: 'literal', value: time, text: time, at }
  if (number !== undefined) return { kind: 'literal', value: Number(number), text: number, at }
  if (sign !== undefined) return { kind: 'sign', text: SAME.get(sign) ?? sign, at }
  const constant = CONSTANTS.get(word.toLowerCase())
  if (constant !== undefined) return { kind: 'literal', value: constant, text: word, at }
  return { kind: 'word', text: word, at }
}

/** Other ways of writing a sign. */
const SAME: ReadonlyMap<string, string> = new Map([
  ['=', '=='],
  ['<>', '!='],
  ['&&', 'and']
])

const wrong = (text: string, at: number, expected: string): KitError =>
  new KitError('USAGE', `${expected} is expected at character ${at + 1} of the expression, before "${text.slice(at, at + 30).trim()}"`) // prettier-ignore

/** @throws USAGE saying where it is wrong. */
export function parseExpression(text: string): readonly Condition[] {
  const parser = new Parser(text)
  return parser.all()
}

class Parser {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokensOf(text)
  }

  all(): readonly Condition[] {
    const conditions = [this.#condition()]
    while (this.#next < this.#tokens.length) {
      if (this.#word() !== 'and') throw this.#wrong('AND (conditions are joined by nothing else)')
      this.#next++
      conditions.push(this.#condition())
    }
    return conditions
  }

  get #token(): Token | undefined {
    return this.#tokens[this.#next]
  }

  /** Returns the next token in lower case, unless it is a value. */
  #word(): string {
    const token = this.#token
    return token === undefined || token.kind === 'literal' ? '' : token.text.toLowerCase()
  }

  #wrong(expected: string): KitError {
    return wrong(this.#text, this.#token?.at ?? this.#text.length, expected)
  }

  #condition(): Condition {
    if (this.#word() === 'not') {
      this.#next++
      return { field: this.#field(), op: '==', value: false }
    }
    if (this.#token?.kind === 'literal') return this.#membership()
    const field = this.#field()
    const op = OPERATORS.find((operator) => operator === this.#word())
    // A field alone must be true.
    if (op === undefined) return { field, op: '==', value: true }
    this.#next++
    return { field, op, value: this.#value(op) }
  }

  /** Parses `'x' in tags`, which is `tags contains 'x'`. */
  #membership(): Condition {
    const value = this.#literal()
    if (this.#word() !== 'in') throw this.#wrong('in')
    this.#next++
    return { field: this.#field(), op: 'contains', value }
  }

  #field(): string {
    const token = this.#token
    if (token?.kind !== 'word') throw this.#wrong('the name of a field')
    this.#next++
    return token.text
  }

  #literal(): Literal {
    const token = this.#token
    if (token?.kind !== 'literal') throw this.#wrong("a value (texts stand in quotes, as 'text')")
    this.#next++
    return token.value
  }

  #value(op: Operator): Literal | readonly Literal[] {
    if (op !== 'in') return this.#literal()
    const close = this.#word() === '[' ? ']' : ')'
    if (close === ')' && this.#word() !== '(') throw this.#wrong("a list, as ['a', 'b']")
    this.#next++
    const values: Literal[] = []
    while (this.#word() !== close) {
      values.push(this.#literal())
      if (this.#word() === ',') this.#next++
      else if (this.#word() !== close) throw this.#wrong(`a comma or ${close}`)
    }
    this.#next++
    return values
  }
}
