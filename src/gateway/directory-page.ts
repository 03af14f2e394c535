/** The page that shows a folder. */
import { formatSize } from '../config/units.js'
import { bufferOf, utf8 } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { printable } from '../core/printable.js'
import { encodedBelow } from './content-path.js'
import type { Asked } from './gateway.js'
import { escaped, page } from './page.js'
import { percentEncoded } from './percent.js'

export interface PageEntry {
  readonly name: Uint8Array
  readonly cid: Cid
  readonly type: 'file' | 'directory' | 'symlink' | undefined
  /** Bytes of a file, or of all that is below a folder; undefined where the folder does not say. */
  readonly size: number | undefined
}

export interface PageContent {
  readonly cid: Cid
  readonly entries: readonly PageEntry[]
  /** Entries of the folder, and how many come before the first one of this page. */
  readonly count: number
  readonly from: number
  /** Entries that cannot be shown, because their names are no file names. */
  readonly hidden: number
}

/** Entries on one page: more would keep a browser busy. */
export const PAGE_ENTRIES = 5000

const ICONS = { directory: '📁', symlink: '🔗', file: '📄' } as const

export function directoryPage(asked: Asked, content: PageContent): string {
  const { path, site } = asked
  const start = site.kind === 'path' ? `/${path.namespace}/${path.root}` : ''
  const here = start + encodedBelow({ names: path.names, isFolder: false })
  const rows = content.entries.map((entry) => row(asked, here, entry))
  const up = path.names.length === 0 ? [] : [`<tr><td class="name"><span class="icon" aria-hidden="true">↩</span><a href="${here}/..">..</a></td><td class="hash"></td><td class="size"></td></tr>`] // prettier-ignore
  const title = [shownRoot(asked), ...path.names.map(printable)].join('/')
  return page(
    `Index of /${path.namespace}/${title}`,
    `<header><h1>Index of ${breadcrumbs(asked)}</h1>
<p>${summary(content)}</p></header>
<main><table>
<thead><tr><th scope="col">Name</th><th scope="col" class="hash">CID</th><th scope="col" class="size">Size</th></tr></thead>
<tbody>
${[...up, ...rows].join('\n')}
</tbody>
</table></main>
${turning(content)}`
  )
}

const shownRoot = ({ site, path }: Asked): string =>
  site.kind === 'domain' ? site.authority : path.root

/** Links for each part of the path. */
function breadcrumbs({ site, path }: Asked): string {
  const { kind, authority } = site
  const root = kind === 'domain' ? authority : path.root
  const start =
    kind === 'path' ? `/${path.namespace}/${root}`
    : kind === 'subdomain' ? `//${authority}/${path.namespace}/${root}`
    : `//${authority}` // prettier-ignore
  let href = start
  const parts = path.names.map((name) => {
    href += `/${percentEncoded(name)}`
    return `<a href="${escaped(href)}">${shown(name)}</a>`
  })
  const first = `<a href="${escaped(kind === 'domain' ? `${start}/` : start)}">${escaped(root)}</a>`
  return `/${path.namespace}/${[first, ...parts].join('/')}`
}

const shown = (name: Uint8Array): string => escaped(bufferOf(name).toString('utf8'))

function row(asked: Asked, here: string, { name, cid, type, size }: PageEntry): string {
  const icon = `<span class="icon" aria-hidden="true">${ICONS[type ?? 'file']}</span>`
  const link = `<a href="${here}/${percentEncoded(name)}">${shown(name)}</a>`
  const sizeText = size === undefined ? '' : formatSize(size)
  return `<tr><td class="name">${icon}${link}</td><td class="hash">${cidLink(asked, cid, name)}</td><td class="size">${sizeText}</td></tr>`
}

/** Where content is shown by path; a website has no such place, so a page that explains the CID is linked. */
function cidLink({ site }: Asked, cid: Cid, name: Uint8Array): string {
  const text = String(cid)
  const short = `${text.slice(0, 6)}…${text.slice(-6)}`
  if (site.kind === 'domain')
    return `<a class="ipfs-hash" translate="no" href="https://cid.ipfs.tech/#${text}" target="_blank" rel="noreferrer noopener">${short}</a>`
  const start = site.kind === 'subdomain' ? `//${escaped(site.authority)}` : ''
  // The name is encoded twice, as gateways do: once for the path, once for the query.
  const filename = percentEncoded(utf8(percentEncoded(name)))
  return `<a class="ipfs-hash" translate="no" href="${start}/ipfs/${text}?filename=${filename}">${short}</a>`
}

function summary({ cid, count, hidden, from, entries }: PageContent): string {
  const all = `${count} ${count === 1 ? 'entry' : 'entries'}`
  const part = entries.length < count ? `, ${from + 1} to ${from + entries.length} here` : ''
  const unseen = hidden > 0 ? `; ${hidden} more have names that no file can have` : ''
  return `<span translate="no">${cid}</span> · ${all}${part}${unseen}`
}

/** Links to the pages before and after. */
function turning({ count, from, entries }: PageContent): string {
  const number = Math.floor(from / PAGE_ENTRIES) + 1
  const links = [
    ...(number > 1 ? [`<a rel="prev" href="?page=${number - 1}">Previous</a>`] : []),
    ...(from + entries.length < count ? [`<a rel="next" href="?page=${number + 1}">Next</a>`] : [])
  ]
  return links.length === 0 ? '' : `<nav>${links.join(' · ')}</nav>`
}
