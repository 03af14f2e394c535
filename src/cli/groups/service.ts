/** Commands about running as a service of systemd, and about fstab. */
import { none, optional, type Command } from '../command.js'
import { JSON_OPTION as json, type OptionSpec } from '../command-spec.js'

const scope: Record<string, OptionSpec> = {
  user: { type: 'boolean', help: 'a service of yours (the default unless you are root)' },
  system: { type: 'boolean', help: 'a service of the system (the default for root)' },
  name: { type: 'string', value: 'NAME', help: 'name of the unit (default: ipfs-kit)' }
}
const dir: OptionSpec = { type: 'string', value: 'DIR', help: 'folder of the unit, for packages' }
const engine: OptionSpec = { type: 'boolean', help: 'serve without a mount' }

export const SERVICE: readonly Command[] = [
  {
    name: 'service install',
    summary: 'write a systemd unit that mounts this home, and say how to start it',
    usage: '[PATH]',
    args: optional,
    options: { ...scope, engine, dir, json },
    examples: ['ipfs-kit service install --user', 'ipfs-kit service install --system /mnt/ipfs'],
    storeless: true,
    load: () => import('../commands/service-install.js')
  },
  {
    name: 'service show',
    summary: 'print the unit that `service install` writes',
    usage: '[PATH]',
    args: optional,
    options: { ...scope, engine, json },
    examples: ['ipfs-kit service show --system /mnt/ipfs'],
    storeless: true,
    load: () => import('../commands/service-show.js')
  },
  {
    name: 'service fstab',
    summary: "print a line for /etc/fstab that mounts this home, which must be root's",
    usage: '[PATH]',
    args: optional,
    options: { json },
    examples: ['sudo ipfs-kit service fstab /mnt/ipfs | sudo tee -a /etc/fstab'],
    storeless: true,
    load: () => import('../commands/service-fstab.js')
  },
  {
    name: 'service uninstall',
    summary: 'remove the systemd unit, and say how to end what still runs',
    usage: '',
    args: none,
    options: { ...scope, dir, json },
    examples: ['ipfs-kit service uninstall --user'],
    anyConfig: true,
    storeless: true,
    load: () => import('../commands/service-uninstall.js')
  }
]
