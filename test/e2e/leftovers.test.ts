/** What an upload leaves that is killed goes with a later `pin heal`, and nothing before that. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { OLD_RCLONE, rcloneConfig } from '../servers/rclone.js'
import { Kit } from '../support/cli.js'
import { MAIN } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const TWO_DAYS_S = 2 * 24 * 3600

/**
 * Stores a pin, and kills the command as soon as its upload is to be seen in a folder.
 * @returns the file; undefined where the upload was over before.
 */
async function killedUpload(
  kit: Kit,
  root: string,
  backend: string,
  seen: string
): Promise<string | undefined> {
  const args = ['--home', kit.home, 'pin', 'add', root, '--backend', backend]
  // A process that has a group of its own, so that what it started is killed with it.
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: 'ignore', detached: true })
  const ended = new Promise((resolve) => child.on('close', resolve))
  const isLeft = (name: string): boolean => /put-[0-9a-f-]{36}\.tmp/.test(name)
  for (;;) {
    const found = existsSync(seen) ? readdirSync(seen).find(isLeft) : undefined
    if (found !== undefined || child.exitCode !== null) {
      if (child.exitCode === null) killGroup(child.pid!)
      await ended
      const left = join(seen, found ?? 'none')
      return existsSync(left) ? left : undefined
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // It ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function prove(t: Test, kit: Kit, folder: string, backend: string, seen: string) {
  writeFileSync(join(folder, 'file'), Buffer.alloc(30_000_000, 'content'))
  const root = await kit.add(join(folder, 'file'))
  let left = await killedUpload(kit, root, backend, seen)
  while (left === undefined) {
    await kit.ok('pin', 'rm', root, '--backend', backend)
    left = await killedUpload(kit, root, backend, seen)
  }
  const healed = await kit.json<{ swept: number }>('pin', 'heal')
  t.equal(healed.swept, 0, 'it may belong to somebody who is still at it')
  const names = readdirSync(seen).filter((name) => left.includes(name.slice(0, 20)))
  t.ok(names.length > 0, 'so it stays')
  const then = Date.now() / 1000 - TWO_DAYS_S
  for (const name of names) utimesSync(join(seen, name), then, then)
  t.match(await kit.json('pin', 'heal'), { swept: names.length, sound: 1 })
  t.same(
    readdirSync(seen).filter((name) => name.includes('.tmp')),
    []
  )
  t.match(await kit.ok('pin', 'verify', '--read-data'), /^1 copy hashed and sound, 0 not$/)
  // On a backend that no pin is kept on any more, too.
  await kit.ok('pin', 'rm', root, '--backend', backend)
  const late = join(seen, names[0]!)
  writeFileSync(late, 'late')
  utimesSync(late, then, then)
  t.match(await kit.json('pin', 'heal'), { swept: 1, sound: 0 })
  t.notOk(existsSync(late))
}

t.test('in a folder', { timeout: 120_000 }, async (t) => {
  const folder = tempFolder(t, 'leftovers')
  const kit = new Kit(join(folder, 'home'))
  mkdirSync(join(folder, 'nas'))
  await kit.ok('backend', 'add', 'nas', '--type', 'filesystem', '--path', join(folder, 'nas'))
  await prove(t, kit, folder, 'nas', join(folder, 'nas/cars'))
})

t.test('on a remote of rclone', { ...OLD_RCLONE, timeout: 120_000 }, async (t) => {
  const folder = tempFolder(t, 'leftovers')
  const kit = new Kit(join(folder, 'home'))
  mkdirSync(join(folder, 'far'))
  const config = rcloneConfig(folder, { far: { type: 'alias', remote: join(folder, 'far') } })
  await kit.ok('backend', 'add', 'far', '--type', 'rclone', '--remote', 'far:', '--config', config, '--rclone', OLD_RCLONE.program) // prettier-ignore
  await prove(t, kit, folder, 'far', join(folder, 'far/.put'))
})
