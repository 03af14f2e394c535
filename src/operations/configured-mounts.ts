/**
 * The mounts that a home is configured to have: at `mount.path`, where the file, the environment or
 * a flag names it (the default alone configures nothing), and at the path of each service installed
 * for the home.
 */
import { expandHome, KEYS, type KeyName } from '../config/config.js'
import { fileValues, layered, type Sources } from '../config/layers.js'
import { isKitError } from '../core/errors.js'
import { installedUnits } from './unit-folders.js'

export interface ConfiguredMount {
  readonly path: string
  /** What names it: `mount.path`, or the service. */
  readonly by: string
}

export interface ExpectedMount extends ConfiguredMount {
  /** Whether the home is mounted there. */
  readonly up: boolean
}

/**
 * Returns the configured mounts, and which of them are there.
 * @param mountpoint returns where a mount that is asked for at a path stands.
 * @param served mountpoints of the home.
 */
export function expectedMounts(
  home: string,
  sources: Sources<KeyName>,
  mountpoint: (path: string) => string,
  served: readonly string[]
): ExpectedMount[] {
  return configuredMounts(home, sources).map((mount) => ({
    ...mount,
    up: served.includes(mountpoint(mount.path))
  }))
}

function configuredMounts(home: string, sources: Sources<KeyName>): ConfiguredMount[] {
  const found = [...ofSetting(home, sources)]
  for (const { name, home: served, path } of installedUnits())
    if (served === home && path !== undefined) found.push({ path, by: `service ${name}` })
  return found.filter(({ path }, i) => found.findIndex((one) => one.path === path) === i)
}

/** A configuration that cannot be read configures nothing; other commands report it. */
function ofSetting(home: string, sources: Sources<KeyName>): ConfiguredMount[] {
  try {
    const inFile = fileValues(home, sources.file)
    const setting = layered(home, KEYS, inFile, sources).find(({ key }) => key === 'mount.path')
    return setting === undefined ||
      setting.origin === 'default' ||
      typeof setting.value !== 'string' ||
      setting.value === ''
      ? []
      : [{ path: expandHome(setting.value), by: 'mount.path' }]
  } catch (error) {
    if (isKitError(error)) return []
    throw error
  }
}
