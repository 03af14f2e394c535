/** `cache warm`: fetches all of a file or folder that is missing here. */
import { formatSize } from '../../config/units.js'
import { cacheWarm } from '../../operations/cache-warm.js'
import type { Context } from '../context.js'
import { counted } from '../counted.js'

export async function run(context: Context): Promise<void> {
  const { files, bytes } = await cacheWarm(context.services, { paths: context.args }, context.run)
  if (context.json) context.answer({ files, bytes })
  else context.print(`${counted(files, 'file is', 'files are')} here, ${formatSize(bytes)}`)
}
