/** `cache warm`: fetch all of a file or folder. What is here already is not fetched again. */
import { formatSize } from '../../config/units.js'
import type { Context } from '../context.js'
import { upstreamOptions } from '../remote.js'
import { findTarget } from '../target.js'
import { Warming } from '../warming.js'

export async function run(context: Context): Promise<void> {
  const reading = context.services.openReading(context.home, upstreamOptions(context))
  const progress = context.progress('warming')
  try {
    const warming = new Warming(context, reading, progress)
    for (const text of context.args) {
      const { cid } = await reading.fetched(() => findTarget(text, reading))
      await warming.all(cid)
    }
    progress.end()
    const { files, bytes } = warming
    if (context.json) context.answer({ files, bytes })
    else context.print(`${files} files are here, ${formatSize(bytes)}`)
  } finally {
    progress.end()
    await reading.close()
  }
}
