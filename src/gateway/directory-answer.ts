/** Answers for folders: their index.html, or a page that lists them. */
import { createHash } from 'node:crypto'
import { copyOf, utf8 } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { Turns } from '../core/turns.js'
import type { Answer } from './answer.js'
import { cacheControl, contentHeaders } from './content-headers.js'
import { directoryPage, PAGE_ENTRIES, type PageContent, type PageEntry } from './directory-page.js'
import { fileAnswer } from './file-answer.js'
import type { Asked } from './gateway.js'
import { GENERATED, PAGE_POLICY } from './headers.js'
import { page } from './page.js'
import { walkPath, type Walked } from './walk-path.js'

export const INDEX = utf8('index.html')

/** Changes with the frame of pages, so that nobody keeps an old one. */
const FRAME = createHash('sha256').update(page('', '')).digest('hex').slice(0, 12)

export async function directoryAnswer(asked: Asked, walked: Walked): Promise<Answer> {
  const { view } = asked
  const { cid, roots } = walked
  const index = await view.whenReady(() => view.content.child(cid, INDEX))
  if (index !== undefined) {
    const found = await walkPath(view, index, [])
    const answer = await fileAnswer(asked, { ...found, roots }, INDEX)
    return { ...answer, etags: [`"${cid}"`] }
  }
  const number = pageNumber(asked.call.query.get('page'))
  const content = await contentOf(asked, cid, number)
  return {
    status: 200,
    headers: {
      ...contentHeaders(asked, roots),
      'content-type': 'text/html',
      'content-security-policy': PAGE_POLICY,
      'cache-control': cacheControl(asked, GENERATED)
    },
    etags: [`"DirIndex-${FRAME}${number === 1 ? '' : `-${number}`}_CID-${cid}"`, `"${cid}"`],
    body: Buffer.from(directoryPage(asked, content)),
    isRanged: false
  }
}

function pageNumber(text: string | null): number {
  if (text === null) return 1
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text)
  throw new KitError('INVALID_ARGUMENT', `?page=${text} is no page; the first is 1`)
}

async function contentOf({ view, run }: Asked, cid: Cid, number: number): Promise<PageContent> {
  const table = await view.whenReady(() => view.content.directory(cid))
  const from = (number - 1) * PAGE_ENTRIES
  const entries: PageEntry[] = []
  const turns = new Turns(run.signal)
  for (let i = from; i < Math.min(table.count, from + PAGE_ENTRIES); i++) {
    if (turns.isDue) await turns.take()
    if (table.isDuplicate(i)) continue
    const child = table.cid(i)
    // What would have to be fetched is listed by what the folder says of it.
    const stat = view.content.known(child)
    const isFile = stat?.type === 'file' || stat?.type === 'symlink'
    const size = isFile ? stat.size : table.tsize(i)
    entries.push({
      name: copyOf(table.name(i)),
      cid: child,
      type: stat?.type,
      size: size < 0 ? undefined : size
    })
  }
  if (entries.length === 0 && number > 1)
    throw new KitError('PATH_NOT_FOUND', `the folder has no page ${number}`)
  return { cid, entries, count: table.count, from, hidden: table.hidden }
}
