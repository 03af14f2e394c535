/** Installs a systemd unit that serves a home, and uninstalls it. Nothing is started or stopped. */
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync
} from 'node:fs'
import { basename, join } from 'node:path'
import { KitError } from '../core/errors.js'
import { utf8 } from '../core/bytes.js'
import { ifPresent, makeDir, replaceFile } from '../core/fs-durable.js'
import { MAIN_SCRIPT } from '../core/main-script.js'
import { markedValue, unitElsewhere, unitFolder } from './unit-folders.js'
import { HOME_MARK, MARK, unitFile, unitText, type UnitScope, type UnitSpec } from './unit-text.js'

export interface ServiceInstallRequest extends UnitSpec {
  /** The folder to write to; undefined for the one where systemd looks. */
  readonly folder: string | undefined
  readonly warn: (message: string) => void
}

export interface ServiceInstallResult {
  readonly file: string
  readonly scope: UnitScope
  readonly state: 'new' | 'replaced' | 'unchanged'
  /** Command lines that start it now and from now on, and that show its log. */
  readonly enable: readonly string[]
  readonly log: string
  /** Whether systemd has this machine, so that these command lines work. */
  readonly isSystemdRunning: boolean
}

/**
 * @throws EXISTS for a unit of somebody else or of another home; USAGE for another user's home;
 * ACCESS_DENIED for a service of the system where this user is not root.
 */
export function serviceInstall(request: ServiceInstallRequest): ServiceInstallResult {
  const { scope, name, home, warn } = request
  checkName(name)
  checkScope(request)
  if (scope === 'system') checkOwner(home)
  const [fleeting] = /^.*?[/\\](_npx|tmp)(?=[/\\])/.exec(MAIN_SCRIPT) ?? []
  if (fleeting !== undefined)
    warn(
      `the unit runs ${MAIN_SCRIPT}, which may be removed at any time, as it is below ${fleeting}; install the package first (\`npm install --global\`)`
    )
  const folder = request.folder ?? unitFolder(scope)
  const file = unitFile(folder, name)
  const text = unitText(request)
  const before = ifPresent(() => readFileSync(file, 'utf8'))
  if (before !== undefined) checkReplaceable(file, before, request)
  makeDir(folder)
  // Readable by all, as systemctl shows it to all.
  if (before !== text) replaceFile(file, utf8(text), 0o644)
  const state = before === undefined ? 'new' : before === text ? 'unchanged' : 'replaced'
  const control = systemctl(scope)
  return {
    file,
    scope,
    state,
    enable: [`${control} daemon-reload`, `${control} enable --now ${name}`],
    log: `journalctl ${scope === 'user' ? '--user-unit' : '--unit'} ${name}`,
    isSystemdRunning: existsSync(SYSTEMD_RUNS)
  }
}

/** Is there where systemd is the init of the machine. Source: sd_booted(3). */
const SYSTEMD_RUNS = '/run/systemd/system'

const systemctl = (scope: UnitScope): string =>
  scope === 'user' ? 'systemctl --user' : 'systemctl'

function checkName(name: string): void {
  if (!/^[A-Za-z0-9:_.-]{1,100}$/.test(name))
    throw new KitError(
      'USAGE',
      `"${name}" is no name for a unit; use letters, digits, dots, dashes`
    )
}

/** @throws ACCESS_DENIED. */
function checkScope({ scope, folder }: Pick<ServiceUninstallRequest, 'scope' | 'folder'>): void {
  if (scope === 'system' && folder === undefined && process.geteuid?.() !== 0)
    throw new KitError(
      'ACCESS_DENIED',
      'a service of the system is for root to install and take away: run this as root, or say --user for one of yours'
    )
}

/** A service of root would take orders from the configuration of whoever owns the home. */
function checkOwner(home: string): void {
  const owner = ifPresent(() => statSync(home).uid)
  if (owner !== undefined && owner !== process.getuid?.())
    throw new KitError(
      'USAGE',
      `the home ${home} belongs to user ${owner}, so a service of root must not serve it; install it as that user with --user, or choose another --home`
    )
}

function checkReplaceable(file: string, text: string, { home, scope }: UnitSpec): void {
  if (!text.startsWith(MARK))
    throw new KitError('EXISTS', `${file} was not written by ipfs-kit; choose another --name`)
  const other = markedValue(text, HOME_MARK)
  if (other === home) return
  // It may also lie on a disk that is not mounted now, so the unit is not taken over unasked.
  const isGone = other !== undefined && !existsSync(other)
  const next = isGone
    ? `, which is not there; if that was moved, say \`ipfs-kit service uninstall --${scope}\` first, else choose another --name`
    : '; choose another --name'
  throw new KitError('EXISTS', `${file} serves the home ${other ?? '?'}${next}`)
}

export interface ServiceUninstallRequest {
  readonly scope: UnitScope
  readonly name: string
  readonly folder: string | undefined
}

export interface ServiceUninstallResult {
  readonly file: string
  /** Command lines that end the service, which goes on until then. */
  readonly stop: readonly string[]
}

/**
 * @throws PATH_NOT_FOUND where it is not installed; EXISTS for a unit of somebody else; ACCESS_DENIED
 * for a service of the system where this user is not root.
 */
export function serviceUninstall(request: ServiceUninstallRequest): ServiceUninstallResult {
  const { scope, name } = request
  checkName(name)
  const folder = request.folder ?? unitFolder(scope)
  const file = unitFile(folder, name)
  const text = ifPresent(() => readFileSync(file, 'utf8'))
  if (text === undefined) throw notInstalled(request, file)
  checkScope(request)
  if (!text.startsWith(MARK))
    throw new KitError('EXISTS', `${file} was not written by ipfs-kit, so it is left alone`)
  for (const link of enablingLinks(folder, basename(file))) rmSync(link, { force: true })
  rmSync(file)
  const control = systemctl(scope)
  return { file, stop: [`${control} stop ${name}`, `${control} daemon-reload`] }
}

function notInstalled({ name, scope, folder }: ServiceUninstallRequest, file: string): KitError {
  const other = folder === undefined ? unitElsewhere(name, scope) : undefined
  const next = other === undefined ? 'see --user, --system and --name' : `${other.file} is there: say ${other.flag}` // prettier-ignore
  return new KitError('PATH_NOT_FOUND', `there is no service ${name} at ${file}; ${next}`)
}

/** Returns the links by which `systemctl enable` has a unit started. */
function enablingLinks(folder: string, unit: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.wants'))
    .map((name) => join(folder, name, unit))
    .filter((path) => ifPresent(() => lstatSync(path).isSymbolicLink()) === true)
    .filter((path) => basename(readlinkSync(path)) === unit)
}
