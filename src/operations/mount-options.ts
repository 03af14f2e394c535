/** How a mount looks and works, from the configuration of a home and what was said otherwise. */
import type { Config } from '../config/config.js'
import type { MountOptions } from '../mount/driver.js'

export type { MountOptions }

/** @param said what takes the place of the configuration. */
export function mountOptionsFrom(config: Config, said: Partial<MountOptions> = {}): MountOptions {
  const configured = config['mount.driver']
  const usual = process.platform === 'linux' ? 'raw' : 'fuse-native'
  return {
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    umask: config['mount.umask'],
    allowOther: config['mount.allow_other'],
    open: config['mount.open'],
    driver: configured === 'auto' ? usual : configured,
    deadlineMs: config['mount.deadline'],
    memory: config['mount.memory'],
    ...said
  }
}
