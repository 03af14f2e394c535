/** Answers that are archives of tar. */
import type { Answer } from './answer.js'
import { planTar, tarStream } from '../operations/tar-stream.js'
import { bufferOf } from '../core/bytes.js'
import { cacheControl, contentHeaders } from './content-headers.js'
import { disposition } from './disposition.js'
import { MEDIA_TYPES } from './formats.js'
import type { Asked } from './gateway.js'
import type { Walked } from './walk-path.js'

export async function tarAnswer(asked: Asked, walked: Walked): Promise<Answer> {
  const { view, run, path, call } = asked
  const { cid, roots } = walked
  const last = path.names.at(-1)
  const name = last === undefined ? String(cid) : bufferOf(last).toString()
  const plan = await planTar(view, cid, name, run)
  return {
    status: 200,
    headers: {
      ...contentHeaders(asked, roots),
      'content-type': MEDIA_TYPES.tar,
      'content-disposition': disposition('attachment', call.query.get('filename') ?? `${name}.tar`),
      'cache-control': cacheControl(asked)
    },
    etags: [`W/"${cid}.x-tar"`],
    body: tarStream(view, plan, run),
    isRanged: false
  }
}
