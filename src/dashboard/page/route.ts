/** Which view is shown: the part of the address behind `#/`, so that links, bookmarks and the back button work. */
import { signal } from '@preact/signals'

export interface Route {
  readonly view: string
  /** What the view shows, decoded: a path of content, a name. */
  readonly of: string
}

function current(): Route {
  const [, view = '', rest = ''] = /^#\/([a-z]*)\/?(.*)$/s.exec(location.hash) ?? []
  return { view, of: decoded(rest) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const route = signal(current())
addEventListener('hashchange', () => (route.value = current()))

/** Returns the address of a view. */
export const linkTo = (view: string, of = ''): string =>
  of === '' ? `#/${view}` : `#/${view}/${of.split('/').map(encodeURIComponent).join('/')}`
