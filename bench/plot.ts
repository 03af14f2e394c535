/** The figures as a picture: for each row a group of bars, relative to the native file system. */
import { median } from './measure.js'
import type { Row } from './report.js'

const COLOURS: Readonly<Record<string, string>> = {
  'ours, passthrough': '#0b6e4f',
  'ours, none': '#3fb68b',
  'C, opens': '#577590',
  'C, none': '#90b4ce',
  native: '#8d99ae',
  'fuse-native': '#e9c46a',
  rclone: '#f4a261',
  Kubo: '#d1495b'
}
const WIDTH = 860
const LEFT = 250
const BAR = 11
const GAP = 14
const TOP = 64
/** The axis is logarithmic, from a thousandth of native speed to twice as fast. */
const MIN = 0.001
const MAX = 2

const x = (ratio: number): number =>
  LEFT + ((WIDTH - LEFT - 70) * Math.log(Math.max(MIN, ratio) / MIN)) / Math.log(MAX / MIN)

const text = (at: readonly [number, number], words: string, more = ''): string =>
  `<text x="${at[0].toFixed(1)}" y="${at[1]}" ${more}>${words.replaceAll('&', '&amp;').replaceAll('|', '&#124;')}</text>`

/** Rows that native has, as SVG. */
export function plot(rows: readonly Row[]): string {
  const parts: string[] = []
  let y = TOP
  for (const { what, unit, values } of rows) {
    const native = values.get('native')
    if (native === undefined) continue
    const bars = [...values].filter(([name]) => name !== 'native' && name in COLOURS)
    parts.push(text([LEFT - 8, y + (bars.length * BAR) / 2 + 4], what, 'text-anchor="end"'))
    for (const [name, all] of bars) {
      const ratio = unit === 'ms' ? median(native) / median(all) : median(all) / median(native)
      const end = x(ratio)
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${(end - LEFT).toFixed(1)}" height="${BAR - 2}" fill="${COLOURS[name]}"/>`,
        text([end + 4, y + BAR - 3], ratio >= 0.1 ? ratio.toFixed(2) : ratio.toPrecision(1), 'font-size="9"') // prettier-ignore
      )
      y += BAR
    }
    y += GAP
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 10}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${y + 10}" fill="white"/>`,
    text([10, 20], 'Speed relative to the native file system (1 = native, logarithmic)', 'font-weight="bold"'), // prettier-ignore
    legend(),
    ...[0.01, 0.1, 1].map(
      (ratio) =>
        `<line x1="${x(ratio).toFixed(1)}" x2="${x(ratio).toFixed(1)}" y1="${TOP - 6}" y2="${y}" stroke="#bbb" stroke-dasharray="2 3"/>` +
        text([x(ratio), TOP - 10], String(ratio), 'text-anchor="middle" font-size="10"')
    ),
    ...parts,
    '</svg>',
    ''
  ].join('\n')
}

function legend(): string {
  let at = 10
  return Object.entries(COLOURS)
    .filter(([name]) => name !== 'native')
    .map(([name, colour]) => {
      const entry =
        `<rect x="${at}" y="32" width="10" height="10" fill="${colour}"/>` +
        text([at + 14, 41], name)
      at += 34 + name.length * 7
      return entry
    })
    .join('')
}
