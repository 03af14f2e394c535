/** Combines the configuration of a home with overrides into the options of a mount. */
import type { Config } from '../config/config.js'
import type { MountOptions } from '../mount/driver.js'

export type { MountOptions }

/** @param overrides replace values of the configuration. */
export function mountOptionsFrom(
  config: Config,
  overrides: Partial<MountOptions> = {}
): MountOptions {
  const configured = config['mount.driver']
  const platformDriver = process.platform === 'linux' ? 'raw' : 'fuse-native'
  return {
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    umask: config['mount.umask'],
    allowOther: config['mount.allow_other'],
    readOnly: false,
    open: config['mount.open'],
    driver: configured === 'auto' ? platformDriver : configured,
    deadlineMs: config['mount.deadline'],
    memory: config['mount.memory'],
    ...overrides
  }
}
