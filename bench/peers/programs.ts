/** Programs of the system that measuring needs. */
import { spawnSync } from 'node:child_process'

export const has = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0

/** Programs of Debian's packages that share their names. @returns whether they are all there. */
export function ensurePrograms(programs: readonly string[], install: boolean): boolean {
  const missing = programs.filter((program) => !has(program))
  if (missing.length === 0) return true
  if (!install || process.getuid?.() !== 0 || !has('apt-get')) return false
  console.error(`installing ${missing.join(' ')}…`)
  const line = 'apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"'
  spawnSync('sh', ['-c', `${line} > /dev/null`, 'sh', ...missing], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  })
  return missing.every(has)
}
