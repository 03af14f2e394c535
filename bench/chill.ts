/** Making the kernel forget. */
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'

/** Files and folders by name, ended by NUL, on stdin: a store may have more than a command line. */
const READ_ALL = 'find -files0-from - -type f -print0 | xargs -0 cat > /dev/null'

/** Kernel-cold, the bytes behind it warm. */
export function chill(backing: readonly string[]): void {
  spawnSync('sync')
  writeFileSync('/proc/sys/vm/drop_caches', '3')
  const there = backing.filter((path) => existsSync(path))
  if (there.length > 0) spawnSync('sh', ['-c', READ_ALL], { input: there.join('\0') })
}

/** The kernel lets go of all names and files that nobody holds. */
export const forgetNames = (): void => writeFileSync('/proc/sys/vm/drop_caches', '2')
