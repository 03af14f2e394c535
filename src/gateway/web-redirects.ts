/** Answers for paths that a website does not have: by its `_redirects`, or by a page of its own. */
import { bufferOf, textOf, utf8 } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { isKitError, type KitError } from '../core/errors.js'
import { Kind } from '../formats/block-kind.js'
import type { Answer } from './answer.js'
import { uriHeader } from './content-headers.js'
import { pathBelow } from './content-path.js'
import { INDEX } from './directory-answer.js'
import { HttpError } from './failures.js'
import { fileAnswer } from './file-answer.js'
import type { Asked } from './gateway.js'
import { MAX_REDIRECTS, parseRedirects, redirectionOf, type Redirection } from './redirects-file.js'
import { walkPath, type Walked } from './walk-path.js'

const REDIRECTS = utf8('_redirects')
const OWN_404 = utf8('ipfs-404.html')

/** Only on hosts of their own: a rule of one website must not touch another. @throws HttpError 500 for a bad file. */
export async function redirectedAnswer(asked: Asked): Promise<Answer | undefined> {
  if (asked.site.kind === 'path') return undefined
  const text = await rulesOf(asked)
  if (text === undefined) return undefined
  const path = asked.path.names.map((name) => bufferOf(name).toString()).join('/')
  const redirection = redirectionOf(parsed(text), path)
  if (redirection === undefined) return undefined
  if (redirection.status < 300 || redirection.status >= 400) return await pageOf(asked, redirection)
  return {
    status: redirection.status,
    headers: {
      ...uriHeader(asked.path, asked.root),
      location: redirection.to.replace(/[^\x21-\x7e]/gu, encodeURIComponent)
    },
    etags: [],
    body: Buffer.alloc(0),
    isRanged: false
  }
}

function parsed(text: string): ReturnType<typeof parseRedirects> {
  try {
    return parseRedirects(text)
  } catch (error) {
    throw badFile((error as Error).message)
  }
}

const badFile = (reason: string): HttpError =>
  new HttpError(500, `could not parse _redirects: ${reason}`)

async function rulesOf({ view, root }: Asked): Promise<string | undefined> {
  const cid = await childOf({ view }, root, REDIRECTS)
  if (cid === undefined) return undefined
  const { size, kind } = await view.whenReady(() => view.content.stat(cid))
  if (kind !== Kind.FILE && kind !== Kind.RAW) throw badFile('it is no file')
  if (size > MAX_REDIRECTS)
    throw badFile(`redirects file size cannot exceed ${MAX_REDIRECTS} bytes; it has ${size}`)
  const bytes = Buffer.alloc(size)
  await view.whenReady(() => view.content.read(cid, 0, bytes, 0, size))
  const text = textOf(bytes)
  if (text === undefined) throw badFile('it is no text in UTF-8')
  return text
}

/** Returns an entry of a folder; undefined where there is none, or no folder. */
async function childOf(
  { view }: Pick<Asked, 'view'>,
  folder: Cid,
  name: Uint8Array
): Promise<Cid | undefined> {
  const { kind } = await view.whenReady(() => view.content.stat(folder))
  if (kind !== Kind.DIRECTORY && kind !== Kind.HAMT) return undefined
  return await view.whenReady(() => view.content.child(folder, name))
}

/** A rule with a status that is no redirect shows another file at the same place. */
async function pageOf(asked: Asked, { to, status }: Redirection): Promise<Answer> {
  const { view, root, path } = asked
  const { names } = pathBelow(path.namespace, path.root, to.replace(/[?#].*$/, ''))
  let walked: Walked
  try {
    walked = await walkPath(view, root, names)
  } catch (error) {
    if (!isKitError(error, 'PATH_NOT_FOUND')) throw error
    throw new HttpError(
      status === 200 ? 404 : status,
      `_redirects leads to ${to}, which is not there`
    )
  }
  const index = await childOf(asked, walked.cid, INDEX)
  if (index !== undefined) walked = { ...walked, cid: index, roots: [...walked.roots, index] }
  const answer = await fileAnswer(asked, walked, index === undefined ? names.at(-1) : INDEX)
  return { ...answer, status, isRanged: status === 200 }
}

/** Returns the page that a website has for what is missing, from the nearest folder up. */
export async function own404Answer(asked: Asked, missing: KitError): Promise<Answer | undefined> {
  if (missing.code !== 'PATH_NOT_FOUND') return undefined
  for (let depth = asked.path.names.length - 1; depth >= 0; depth--) {
    const walked = await folderAt(asked, depth)
    const page = walked === undefined ? undefined : await childOf(asked, walked.cid, OWN_404)
    if (walked === undefined || page === undefined) continue
    const answer = await fileAnswer(
      asked,
      { ...walked, cid: page, roots: [...walked.roots, page] },
      OWN_404
    )
    return { ...answer, status: 404, isRanged: false }
  }
  return undefined
}

async function folderAt({ view, root, path }: Asked, depth: number): Promise<Walked | undefined> {
  try {
    return await walkPath(view, root, path.names.slice(0, depth))
  } catch (error) {
    if (isKitError(error, 'PATH_NOT_FOUND')) return undefined
    throw error
  }
}
