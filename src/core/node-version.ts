/** The versions of Node.js that the program runs on. It imports nothing, so that any version can load it. */

/**
 * Returns why a version of Node.js cannot run this program, in one sentence; undefined where it can.
 * The bound is zlib's crc32, which came with 20.15 and 22.2.
 */
export function nodeProblem(version = process.versions.node): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const runs = (major === 20 && minor >= 15) || (major === 22 && minor >= 2) || major > 22
  if (runs) return undefined
  return `ipfs-kit needs Node.js 20.15, 22.2 or newer (20, 22 and 24 are tested), and this is ${version}`
}
