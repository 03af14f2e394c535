/**
 * The text of a systemd unit that serves a home. Sources: systemd.unit(5), systemd.service(5),
 * systemd.exec(5).
 */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MAIN_SCRIPT } from '../core/main-script.js'

export type UnitScope = 'user' | 'system'

export interface UnitSpec {
  readonly scope: UnitScope
  /** Without `.service`. */
  readonly name: string
  readonly home: string
  /** A configuration file other than the home's. */
  readonly config: string | undefined
  /** Where it mounts; undefined for an engine without a mount. */
  readonly path: string | undefined
}

/** The first words of the units that this program writes. */
export const MARK = '# Written by `ipfs-kit service install`'
/** Precede the home and the mountpoint, as JSON, so that `status` can find them again. */
export const HOME_MARK = '# home: '
export const MOUNT_MARK = '# mount: '

/** The README, two folders above the compiled program. */
const README = fileURLToPath(new URL('../../../README.md', import.meta.url))

export const unitText = (spec: UnitSpec): string =>
  [
    ...head(spec),
    '',
    ...unitSection(spec),
    '',
    ...serviceSection(spec),
    '',
    ...installSection(spec)
  ]
    .join('\n')
    .concat('\n')

const head = ({ name, scope, home, path }: UnitSpec): string[] => [
  `${MARK}; installing again replaces it.`,
  `# To change it: systemctl ${scope === 'user' ? '--user ' : ''}edit ${name}`,
  HOME_MARK + JSON.stringify(home),
  ...(path === undefined ? [] : [MOUNT_MARK + JSON.stringify(path)])
]

function unitSection({ scope, home, path }: UnitSpec): string[] {
  const what = path === undefined ? `engine of ${home}` : `${home} at ${path}`
  // Its own mountpoint must not be among them: the unit would depend on the mount it makes.
  const folders = path === undefined ? [home] : [home, dirname(path)]
  return [
    '[Unit]',
    `Description=ipfs-kit: ${percent(what)}`,
    `Documentation=file://${percent(encodeURI(README))}`,
    ...(scope === 'system' ? ['After=network.target local-fs.target'] : []),
    `RequiresMountsFor=${folders.map(quoted).join(' ')}`,
    'StartLimitIntervalSec=60',
    'StartLimitBurst=5'
  ]
}

function serviceSection(spec: UnitSpec): string[] {
  const { path, home, config, scope } = spec
  const command = (...words: readonly string[]): string =>
    [
      process.execPath,
      MAIN_SCRIPT,
      '--home',
      home,
      ...(config === undefined ? [] : ['--config', config]),
      ...words
    ]
      .map(argument)
      .join(' ')
  const serve = path === undefined ? ['daemon', 'start'] : ['mount', path]
  return [
    '[Service]',
    'Type=notify',
    `ExecStart=${command(...serve, '--foreground')}`,
    ...(path === undefined
      ? []
      : [
          '# A mount in use refuses; what follows then is SIGTERM, by which it unmounts nevertheless.',
          `ExecStop=-${command('unmount', path)}`
        ]),
    'Restart=on-failure',
    'RestartSec=1',
    '# Wrong usage and a wrong configuration stay what they are.',
    'RestartPreventExitStatus=2 78',
    '# The engine is asked for a sign of life three times as often.',
    'WatchdogSec=60',
    'TimeoutStartSec=90',
    'TimeoutStopSec=30',
    'UMask=0077',
    ...(scope === 'system' ? SYSTEM_HARDENING : USER_HARDENING)
  ]
}

const NO_NAMESPACE = [
  '# No option that gives the service a mount namespace of its own (ProtectSystem=, PrivateTmp=,',
  '# ReadOnlyPaths= and the like): nobody else would see the mount.'
]

/** Root mounts by a system call, so that it needs no program with setuid. */
const SYSTEM_HARDENING = [
  ...NO_NAMESPACE,
  'NoNewPrivileges=yes',
  '# Mounting and passthrough; reading what the owner of a file may read.',
  'CapabilityBoundingSet=CAP_SYS_ADMIN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_CHOWN',
  'DevicePolicy=closed',
  'DeviceAllow=/dev/fuse rw',
  '# Node.js asks for the addresses of this machine by netlink.',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'LockPersonality=yes',
  'SystemCallArchitectures=native',
  'KeyringMode=private'
]

const USER_HARDENING = [
  ...NO_NAMESPACE,
  '# fusermount3 mounts for a user by its setuid bit. NoNewPrivileges=, and the options that imply it',
  '# (SystemCallFilter=, Restrict…=, LockPersonality=), take that away.',
  'NoNewPrivileges=no'
]

const installSection = ({ scope }: UnitSpec): string[] => [
  '[Install]',
  `WantedBy=${scope === 'user' ? 'default.target' : 'multi-user.target'}`
]

/** Escapes what systemd would take for a specifier. */
const percent = (text: string): string => text.replaceAll('%', '%%').replaceAll('\n', ' ')

/** Quotes a word as systemd's syntax has it. */
const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('%', '%%')}"`

/** Quotes a word of a command line, in which `$` names a variable. */
const argument = (text: string): string => quoted(text).replaceAll('$', () => '$$')

/** Returns the file of a unit in a folder. */
export const unitFile = (folder: string, name: string): string => join(folder, `${name}.service`)
