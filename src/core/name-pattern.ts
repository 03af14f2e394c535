/** Names with wildcards: `*` stands for any characters, `?` for one, `[abc]` for one of some. */

/** Returns whether a name has wildcards. */
export const isPattern = (name: string): boolean => /[*?[]/.test(name)

/** Returns what matches the whole of a name. As in a shell, a leading dot is matched by a dot alone. */
export function namePattern(pattern: string): RegExp {
  const source = pattern.replace(
    /\*+|\?|\[(!?)([^\]/]+)\]|[\\^$.|+(){}[\]/]/g,
    (part, not: string | undefined, set: string | undefined) => {
      if (part.startsWith('*')) return '.*'
      if (part === '?') return '.'
      if (set === undefined) return `\\${part}`
      return `[${not === '!' ? '^' : ''}${set.replace(/[\\\]^]/g, '\\$&')}]`
    }
  )
  return new RegExp(`^${pattern.startsWith('.') ? '' : '(?!\\.)'}${source}$`, 'su')
}
