/** The forms in which FTP servers list files. */
import { parseList } from 'basic-ftp'

/** An entry as the server tells it. Nothing of it is checked. */
export interface Listed {
  readonly name: string
  readonly kind: 'file' | 'folder' | 'other'
  readonly size: number
  /** When it was changed, as YYYYMMDDHHMMSS in UTC, and what else tells it from an older one. */
  readonly modified?: string | undefined
  readonly unique?: string | undefined
}

const KINDS: Readonly<Record<string, Listed['kind']>> = {
  file: 'file',
  dir: 'folder',
  cdir: 'folder',
  pdir: 'folder'
}

/** Parses `FACT=VALUE;FACT=VALUE; NAME`, a line of MLSD or MLST (RFC 3659); undefined for others. */
export function parseFacts(line: string): Listed | undefined {
  const gap = line.indexOf(' ')
  if (gap <= 0 || !line.slice(0, gap).includes('=')) return undefined
  const facts = new Map(
    line.slice(0, gap).split(';').map((fact) => {
      const at = fact.indexOf('=')
      return [fact.slice(0, at).toLowerCase(), fact.slice(at + 1)] as const
    }) // prettier-ignore
  )
  return {
    name: line.slice(gap + 1),
    kind: KINDS[(facts.get('type') ?? '').toLowerCase()] ?? 'other',
    size: Number(facts.get('size') ?? Number.NaN),
    modified: facts.get('modify'),
    unique: facts.get('unique')
  }
}

const notFolderItself = ({ name }: Listed): boolean => name !== '.' && name !== '..'

export const parseMlsd = (text: string): Listed[] =>
  text
    .split(/\r?\n/)
    .flatMap((line) => parseFacts(line) ?? [])
    .filter(notFolderItself)

/** Parses LIST as Unix or DOS writes it. It tells minutes or days, so `modified` is left out. */
export const parseLines = (text: string): Listed[] =>
  // A name would end at a CR, and be another one.
  parseList(text.replace(/\r(?!\n)/g, '\ufffd'))
    .map(({ name, size, isFile, isDirectory }) => ({
      name,
      size,
      kind: isFile ? ('file' as const) : isDirectory ? ('folder' as const) : ('other' as const)
    }))
    .filter(notFolderItself)

/** Milliseconds since 1970 of YYYYMMDDHHMMSS; undefined for other texts. */
export function timeOf(modified: string | undefined): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/
    .exec(modified ?? '')
    ?.slice(1)
    .map(Number)
  if (parts === undefined) return undefined
  const [year, month, day, hour, minute, second] = parts as [number, number, number, number, number, number] // prettier-ignore
  return Date.UTC(year, month - 1, day, hour, minute, second)
}
