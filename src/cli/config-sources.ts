/** Tells where the configuration comes from, as the flags of a command say it. */
import type { KeyName } from '../config/config.js'
import type { Sources } from '../config/layers.js'
import type { OptionValues } from './context.js'

export function sourcesFrom(options: OptionValues): Sources<KeyName> {
  const text = (name: string): string | undefined => {
    const value = options[name]
    return typeof value === 'string' ? value : undefined
  }
  const [file, level, format] = [text('config'), text('log-level'), text('log-format')]
  const flags = {
    ...(level === undefined ? {} : { 'log.level': level }),
    ...(format === undefined ? {} : { 'log.format': format })
  }
  return { file, flags }
}
