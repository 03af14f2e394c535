/** Loads fuse-native on demand: it is an optional dependency, and libfuse 2 a system package. */
import { KitError, systemCode } from '../../../core/errors.js'

type FuseNative = (typeof import('fuse-native'))['default']

/** Loads the package. @throws UNSUPPORTED naming what is missing and how to install it. */
export async function loadFuseNative(): Promise<FuseNative> {
  try {
    return (await import('fuse-native')).default
  } catch (cause) {
    throw new KitError('UNSUPPORTED', `the driver fuse-native cannot be used: ${reason(cause)}`, {
      cause
    })
  }
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : ''
  if (systemCode(error) === 'ERR_MODULE_NOT_FOUND')
    return 'it is not installed; install it with `npm install fuse-native`, or use `--driver raw`'
  if (text.includes('libfuse'))
    return 'libfuse 2 is missing (Debian: `apt install libfuse2`); or use `--driver raw`'
  return `it has no build for ${process.platform}-${process.arch}; use \`--driver raw\``
}
