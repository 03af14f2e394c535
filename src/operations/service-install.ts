/** Installs a systemd unit that serves a home, and uninstalls it. Nothing is started or stopped. */
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { KitError } from '../core/errors.js'
import { utf8 } from '../core/bytes.js'
import { ifPresent, makeDir, replaceFile } from '../core/fs-durable.js'
import { MAIN_SCRIPT } from '../core/main-script.js'
import { markedValue, unitFolder } from './unit-folders.js'
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
}

/** @throws EXISTS for a unit of somebody else or of another home; USAGE for another user's home. */
export function serviceInstall(request: ServiceInstallRequest): ServiceInstallResult {
  const { scope, name, home, warn } = request
  checkName(name)
  if (scope === 'system') checkOwner(home)
  if (/[/\\](_npx|tmp)[/\\]/.test(MAIN_SCRIPT))
    warn(
      `the unit runs ${MAIN_SCRIPT}, which may be removed at any time; install the package first`
    )
  const folder = request.folder ?? unitFolder(scope)
  const file = unitFile(folder, name)
  const text = unitText(request)
  const before = ifPresent(() => readFileSync(file, 'utf8'))
  if (before !== undefined) checkReplaceable(file, before, home)
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
    log: `journalctl ${scope === 'user' ? '--user-unit' : '--unit'} ${name}`
  }
}

const systemctl = (scope: UnitScope): string =>
  scope === 'user' ? 'systemctl --user' : 'systemctl'

function checkName(name: string): void {
  if (!/^[A-Za-z0-9:_.-]{1,100}$/.test(name))
    throw new KitError(
      'USAGE',
      `"${name}" is no name for a unit; use letters, digits, dots, dashes`
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

function checkReplaceable(file: string, text: string, home: string): void {
  if (!text.startsWith(MARK))
    throw new KitError('EXISTS', `${file} was not written by ipfs-kit; choose another --name`)
  const other = markedValue(text, HOME_MARK)
  if (other !== home)
    throw new KitError('EXISTS', `${file} serves the home ${other ?? '?'}; choose another --name`)
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

/** @throws PATH_NOT_FOUND where it is not installed; EXISTS for a unit of somebody else. */
export function serviceUninstall(request: ServiceUninstallRequest): ServiceUninstallResult {
  const { scope, name } = request
  checkName(name)
  const folder = request.folder ?? unitFolder(scope)
  const file = unitFile(folder, name)
  const text = ifPresent(() => readFileSync(file, 'utf8'))
  if (text === undefined)
    throw new KitError('PATH_NOT_FOUND', `there is no service ${name} at ${file}; see --user, --system and --name`) // prettier-ignore
  if (!text.startsWith(MARK))
    throw new KitError('EXISTS', `${file} was not written by ipfs-kit, so it is left alone`)
  for (const link of enablingLinks(folder, basename(file))) rmSync(link, { force: true })
  rmSync(file)
  const control = systemctl(scope)
  return { file, stop: [`${control} stop ${name}`, `${control} daemon-reload`] }
}

/** Returns the links by which `systemctl enable` has a unit started. */
function enablingLinks(folder: string, unit: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.wants'))
    .map((name) => join(folder, name, unit))
    .filter((path) => ifPresent(() => lstatSync(path).isSymbolicLink()) === true)
    .filter((path) => basename(readlinkSync(path)) === unit)
}
