/** Chooses the answer for content by what was asked for and what it is. */
import { KitError, isKitError } from '../core/errors.js'
import { Kind } from '../formats/block-kind.js'
import type { Answer } from './answer.js'
import { isValue, isValueFormat, rawAnswer, valueAnswer } from './block-answers.js'
import { carAnswer } from './car-answer.js'
import { folderLocation, uriHeader } from './content-headers.js'
import { legacyText } from './content-path.js'
import { dagPageAnswer, hasDagPage } from './dag-page.js'
import { directoryAnswer } from './directory-answer.js'
import { HttpError } from './failures.js'
import { fileAnswer } from './file-answer.js'
import type { Asked } from './gateway.js'
import { tarAnswer } from './tar-answer.js'
import { walkPath, type Walked } from './walk-path.js'
import { own404Answer, redirectedAnswer } from './web-redirects.js'

export async function contentAnswer(asked: Asked): Promise<Answer> {
  const isForPeople = asked.format.format === 'plain' || asked.format.format === 'html'
  let walked: Walked
  try {
    walked = await walkPath(asked.view, asked.root, asked.path.names)
  } catch (error) {
    if (!isKitError(error, 'PATH_NOT_FOUND') || !isForPeople) throw error
    const answer = (await redirectedAnswer(asked)) ?? (await own404Answer(asked, error))
    if (answer === undefined) throw error
    return answer
  }
  if (walked.inside.length > 0) throw insideOf(asked, walked)
  return await answerOf(asked, walked)
}

async function answerOf(asked: Asked, walked: Walked): Promise<Answer> {
  const { format } = asked.format
  const { cid } = walked
  if (format === 'raw') return await rawAnswer(asked, walked)
  if (format === 'car') return await carAnswer(asked, walked)
  if (format === 'tar') return await tarAnswer(asked, walked)
  if (format === 'html' && hasDagPage(cid)) return await dagPageAnswer(asked, walked)
  if (isValue(cid))
    return await valueAnswer(asked, walked, isValueFormat(format) ? format : undefined)
  // Files may hold JSON; what a folder or a file never is, is a value with links.
  if (format === 'dag-json' || format === 'dag-cbor')
    return await valueAnswer(asked, walked, format)
  return await unixFsAnswer(asked, walked)
}

async function unixFsAnswer(asked: Asked, walked: Walked): Promise<Answer> {
  const { view, path, site } = asked
  const { kind } = await view.whenReady(() => view.content.stat(walked.cid))
  const isFolder = kind === Kind.DIRECTORY || kind === Kind.HAMT
  if (!isFolder) {
    if (path.isFolder && path.names.length > 0) throw noFolder(asked)
    return await fileAnswer(asked, walked, path.names.at(-1))
  }
  // On a host of its own the root always has its slash.
  if (!path.isFolder && (site.kind === 'path' || path.names.length > 0)) return slashAnswer(asked)
  return await directoryAnswer(asked, walked)
}

/** Links in a folder's pages are relative, so that its path has to end in a slash. */
const slashAnswer = (asked: Asked): Answer => ({
  status: 301,
  headers: { ...uriHeader(asked.path, asked.root), location: folderLocation(asked) },
  etags: [],
  body: Buffer.alloc(0),
  isRanged: false
})

const noFolder = ({ path }: Asked): KitError =>
  new KitError('PATH_NOT_FOUND', `${legacyText(path)} is a file; ask for it without the slash at the end`) // prettier-ignore

const insideOf = ({ path }: Asked, { cid, inside }: Walked): HttpError =>
  new HttpError(
    501,
    `${legacyText(path)} is a value inside a block: reading IPLD Kinds other than Links (CBOR Tag 42) is not implemented; ask for /ipfs/${cid} and read /${inside.join('/')} in it`
  )
