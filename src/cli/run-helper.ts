/** Runs as `mount.fuse.ipfs-kit`, and ends as mount(8) understands it. */
import { ERROR_CODES, isKitError } from '../core/errors.js'
import type { MakeServices } from './context.js'
import { fromMountWords, HELPER_EXIT, type HelperCall } from './mount-helper.js'
import { Output } from './output.js'
import { runCommand } from './run.js'

/** @returns 0 ok, 1 wrong usage, 32 the mount failed. */
export async function runMountHelper(
  argv: readonly string[],
  loadServices: () => Promise<MakeServices>
): Promise<number> {
  let call: HelperCall
  try {
    call = fromMountWords(argv)
  } catch (error) {
    if (!isKitError(error, 'USAGE')) throw error
    new Output(process.stdout, process.stderr).note(`mount.fuse.ipfs-kit: ${error.message}`)
    return HELPER_EXIT.usage
  }
  if (call.isFake) return 0
  const code = await runCommand(call.words, loadServices)
  if (code === 0) return 0
  return code === ERROR_CODES.USAGE.exit ? HELPER_EXIT.usage : HELPER_EXIT.failed
}
