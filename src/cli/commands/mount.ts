/** `mount`: start the supervisor and its engine, or ask the engine that owns the home. */
import { fork } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { DRIVERS, expandHome, OPEN_MODES, parseChoice } from '../../config/config.js'
import { formatSize, parseSize } from '../../config/units.js'
import { type ErrorCode, isKitError, KitError } from '../../core/errors.js'
import { makeDir } from '../../core/fs-durable.js'
import { socketPath } from '../../service/home-lock.js'
import type { MountStatus } from '../../service/engine.js'
import { RpcClient } from '../../service/rpc.js'
import { detach } from '../../mount/detach.js'
import type { MountOptions } from '../../mount/driver.js'
import { homeOf, ownMounts } from '../../mount/mountinfo.js'
import { isOurMount, mountPath, prepareMountpoint } from '../../mount/mountpoint.js'
import type { EngineMessage } from '../../mount/supervisor.js'
import { flagOf, valueOf, type Context } from '../context.js'
import { engineReport, fetchSettings } from '../remote.js'
import { askMounts, mountsServedBy } from '../engines.js'
import { MAIN_SCRIPT } from '../main-script.js'

const READY_MS = 30_000

export async function run(context: Context): Promise<number> {
  const started = Date.now()
  const path = mountPath(expandHome(context.args[0] ?? context.config['mount.path']))
  const options = optionsFrom(context)
  makeDir(context.home)
  await clearStale(context, path)
  prepareMountpoint(path, context.home)
  const parts = [options, fetchSettings(context), context.config['metrics.listen'] ?? null]
  const args = [context.home, path, ...parts.map((part) => JSON.stringify(part))]
  if (flagOf(context, 'foreground')) return await inForeground(context, args, path)
  if (!(await mountByEngine(context.home, path, options))) {
    try {
      await startSupervisor(context, args)
    } catch (error) {
      // Another `mount` of this home was faster: its engine serves this path too.
      const served =
        isKitError(error, 'LOCKED') && (await mountByEngine(context.home, path, options))
      if (!served) throw error
    }
  }
  // Nothing else is done at the mount that may fail without it.
  if (context.config['metrics.listen'] !== undefined)
    for (const line of (await engineReport(context.home))?.warnings ?? []) context.warn(line)
  const [mount] = (await mountsServedBy(context.home)).filter((status) => status.path === path)
  if (context.json) context.answer({ ...mount, ready_ms: Date.now() - started })
  else context.print(`mounted at ${path}`)
  return 0
}

/** Ask the engine that owns the home. @returns false when there is none. */
async function mountByEngine(home: string, path: string, options: MountOptions): Promise<boolean> {
  const client = await RpcClient.connect(socketPath(home))
  if (client === undefined) return false
  try {
    const late = delay(READY_MS, undefined, { ref: false }).then(() => {
      throw new KitError(
        'TIMEOUT',
        `the engine of ${home} does not answer; see \`ipfs-kit status\``
      )
    })
    await Promise.race([client.call('mount', { path, options }), late])
    return true
  } finally {
    client.close()
  }
}

function optionsFrom(context: Context): MountOptions {
  const number = (name: string, own: number): number => {
    const text = valueOf(context, name)
    if (text === undefined) return own
    if (!/^\d+$/.test(text)) throw new KitError('USAGE', `--${name} takes a number, not "${text}"`)
    return Number(text)
  }
  return {
    uid: number('uid', process.getuid?.() ?? 0),
    gid: number('gid', process.getgid?.() ?? 0),
    umask: umaskFrom(context),
    allowOther: flagOf(context, 'allow-other') || context.config['mount.allow_other'],
    open: choiceFrom(context, 'open', OPEN_MODES, context.config['mount.open']),
    driver: driverFrom(context),
    deadlineMs: context.config['mount.deadline'],
    memory: memoryFrom(context)
  }
}

const MIN_MEMORY = 1 << 20

function memoryFrom(context: Context): number {
  const text = valueOf(context, 'memory')
  const bytes = text === undefined ? context.config['mount.memory'] : parseSize(text)
  if (bytes < MIN_MEMORY)
    throw new KitError('USAGE', `${formatSize(bytes)} of memory is too little; give 1MiB or more`)
  return bytes
}

function driverFrom(context: Context): MountOptions['driver'] {
  const driver = choiceFrom(context, 'driver', DRIVERS, context.config['mount.driver'])
  if (driver === 'auto') return process.platform === 'linux' ? 'raw' : 'fuse-native'
  return driver
}

function choiceFrom<T extends string>(
  context: Context,
  name: string,
  words: readonly T[],
  own: T
): T {
  const text = valueOf(context, name)
  if (text === undefined) return own
  try {
    return parseChoice(words, text)
  } catch (error) {
    throw new KitError('USAGE', `--${name} ${(error as Error).message}, not "${text}"`)
  }
}

function umaskFrom(context: Context): number {
  const text = valueOf(context, 'umask')
  if (text === undefined) return context.config['mount.umask']
  if (!/^0?[0-7]{1,3}$/.test(text))
    throw new KitError('USAGE', `--umask takes octal digits such as 022, not "${text}"`)
  return Number.parseInt(text, 8)
}

/** A mount whose engine is gone is cleaned away; a living one is left alone. */
async function clearStale(context: Context, path: string): Promise<void> {
  if (!isOurMount(path)) return
  const home = ownMounts()
    .filter((mount) => mount.path === path)
    .map(homeOf)
    .find((found) => found !== undefined)
  const serving = home === undefined ? [] : await askMounts(home)
  if (serving === 'silent')
    throw new KitError(
      'EXISTS',
      `${path} is mounted by an engine that does not answer; take it away with \`ipfs-kit unmount --force ${path}\``
    )
  if (serving.some((mount) => mount.path === path))
    throw new KitError(
      'EXISTS',
      `${path} is mounted already; unmount it first, or choose another path`
    )
  context.note(`a stale mount at ${path} was cleaned away`)
  await detach(path, true)
}

async function inForeground(
  context: Context,
  args: readonly string[],
  path: string
): Promise<number> {
  const { supervise } = await import('../../mount/supervisor.js')
  let failure: KitError | undefined
  const code = await supervise({
    script: MAIN_SCRIPT,
    args: ['engine', ...args],
    log: 2,
    onMessage: (message) => {
      if (message.type === 'ready') context.print(`mounted at ${path}; Ctrl-C unmounts`)
      if (message.type === 'failed') failure = failureOf(message)
    }
  })
  if (failure !== undefined) throw failure
  return code
}

const failureOf = ({ code, message }: { code: string; message: string }): KitError =>
  new KitError(code as ErrorCode, message)

/** Start the supervisor on its own and wait until the mount answers. */
async function startSupervisor(context: Context, args: readonly string[]): Promise<void> {
  const child = fork(MAIN_SCRIPT, ['supervise', ...args], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc']
  })
  try {
    const outcome = new Promise<void>((resolve, reject) => {
      child.on('message', (message: EngineMessage) => {
        if (message.type === 'ready') resolve()
        if (message.type === 'failed') reject(failureOf(message))
      })
      child.on('exit', () =>
        reject(
          new KitError('INTERNAL', `the engine ended before it was ready; see ${context.home}/run`)
        )
      )
    })
    const late = delay(READY_MS, undefined, { ref: false }).then(() => {
      child.kill('SIGTERM')
      throw new KitError(
        'TIMEOUT',
        `the mount was not ready within ${READY_MS / 1000} s; see ${context.home}/run`
      )
    })
    await Promise.race([outcome, late])
  } finally {
    if (child.connected) child.disconnect()
    child.unref()
  }
}

export type { MountStatus }
