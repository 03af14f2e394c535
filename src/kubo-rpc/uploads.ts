/** What clients send in bodies: files, folders and links of a tree, in parts. */
import { KitError } from '../core/errors.js'
import { headerParameters } from '../http/header-parameters.js'
import { boundaryOf, multipartParts, type Part } from '../http/multipart.js'
import type { HttpCall } from '../http/http-call.js'
import { passOver } from './pass-over.js'

export interface Upload {
  /** Names from the root on, in bytes; none for what has no name. */
  readonly path: readonly Uint8Array[]
  readonly type: 'file' | 'directory' | 'symlink'
  /** As Go has it: permissions, and what the file is in higher bits; 0 where it is not told. */
  readonly mode: number
  readonly mtime: { readonly sec: number; readonly nsec: number } | undefined
  readonly body: AsyncIterable<Uint8Array>
}

/** Yields what a call brings. @throws INVALID_ARGUMENT for a body that is no multipart, or a malformed one. */
export async function* uploads(
  { request }: HttpCall,
  argument: string
): AsyncGenerator<Upload, void, undefined> {
  const boundary = boundaryOf(request.headers['content-type'])
  if (boundary === undefined)
    throw new KitError('INVALID_ARGUMENT', `file argument '${argument}' is required`)
  // An iterator that ended the connection with itself would leave nobody to tell an error to.
  const source: AsyncIterator<Uint8Array> = request.iterator({ destroyOnReturn: false })
  try {
    for await (const part of multipartParts(source, boundary)) yield uploadOf(part)
  } finally {
    await source.return?.()
    // What is left unread would stop the connection.
    passOver(request, () => undefined)
  }
}

/** Returns the bytes of the first file. @throws INVALID_ARGUMENT where there is none, TOO_LARGE. */
export async function onlyUpload(
  call: HttpCall,
  argument: string,
  maxBytes: number
): Promise<Uint8Array> {
  for await (const { body } of uploads(call, argument)) {
    const pieces: Uint8Array[] = []
    let size = 0
    for await (const piece of body) {
      size += piece.length
      if (size > maxBytes)
        throw new KitError('TOO_LARGE', `${argument} has ${maxBytes} bytes at most`)
      pieces.push(piece)
    }
    return Buffer.concat(pieces)
  }
  throw new KitError('INVALID_ARGUMENT', `file argument '${argument}' is required`)
}

const TYPES: Readonly<Record<string, Upload['type']>> = {
  'application/x-directory': 'directory',
  'multipart/form-data': 'directory',
  'application/symlink': 'symlink'
}

function uploadOf({ fields, body }: Part): Upload {
  const disposition = headerParameters(fields.get('content-disposition') ?? '')
  const [type = ''] = (fields.get('content-type') ?? '').split(';')
  const [, attributes = ''] = (disposition.get('name') ?? '').split('?', 2)
  return {
    path: namesOf(disposition.get('filename') ?? ''),
    type: TYPES[type.trim().toLowerCase()] ?? 'file',
    ...attributesOf(new URLSearchParams(attributes)),
    body
  }
}

/** Returns the names of a path. What would lead out of it stays in it, as everywhere in URLs. */
function namesOf(filename: string): Uint8Array[] {
  const names: string[] = []
  for (const name of unescaped(filename).split('/'))
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  return names.map((name) => Buffer.from(name, 'latin1'))
}

/** Undoes the escapes of a query; a name with one that is malformed is taken as it is. */
function unescaped(text: string): string {
  if (/%(?![0-9a-f]{2})/i.test(text)) return text
  return text
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16))
    )
}

function attributesOf(attributes: URLSearchParams): Pick<Upload, 'mode' | 'mtime'> {
  const mode = attributes.get('mode') ?? ''
  const sec = Number(attributes.get('mtime') ?? Number.NaN)
  const nsec = Number(attributes.get('mtime-nsecs') ?? 0)
  const isTime = Number.isSafeInteger(sec) && Number.isInteger(nsec) && nsec >= 0 && nsec < 1e9
  return {
    mode: /^[0-7]{1,12}$/.test(mode) ? Number.parseInt(mode, 8) : 0,
    mtime: isTime ? { sec, nsec } : undefined
  }
}
