/** A chart of lines over time, with its last figures as text: nobody needs to see it to know them. */
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useEffect, useRef } from 'preact/hooks'
import { theme } from '../theme.js'

export interface Line {
  readonly name: string
  /** One for each time; null where nothing is known. */
  readonly values: readonly (number | null)[]
}

interface ChartProps {
  readonly title: string
  /** Seconds since 1970. */
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  readonly text: (value: number) => string
}

const HEIGHT = 150
/** A chart shows five minutes at least. */
const SHORTEST_S = 300

const clockText = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })

const COLORS = ['--line-1', '--line-2', '--line-3', '--line-4', '--line-5']

/** Returns a colour as a canvas takes it: what a variable says depends on the theme. */
function colorOf(place: Element, variable: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${variable})`
  place.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

export function Chart({ title, times, lines, text }: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const names = lines.map(({ name }) => name).join('\n')
  const data = [times, ...lines.map(({ values }) => values)] as unknown as uPlot.AlignedData
  useEffect(() => {
    const element = place.current!
    const ink = colorOf(element, '--quiet')
    const axis = { stroke: ink, grid: { stroke: colorOf(element, '--edge'), width: 1 }, ticks: { show: false } } // prettier-ignore
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { drag: { x: false, y: false } },
        scales: {
          x: { range: (_, min, max) => [Math.min(min, max - SHORTEST_S), max] },
          y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] }
        },
        axes: [
          { ...axis, space: 90, values: (_, ticks) => ticks.map(clockText) },
          { ...axis, size: 64, values: (_, ticks) => ticks.map(text) }
        ],
        series: [
          {},
          ...lines.map((_, index) => ({
            stroke: colorOf(element, COLORS[index % COLORS.length]!),
            width: 2,
            points: { show: false }
          }))
        ]
      },
      data,
      element
    )
    plot.current = made
    const observer = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: HEIGHT })
    )
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
    }
  }, [names, title, theme.value])
  useEffect(() => plot.current?.setData(data), [data])
  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        <ul class="legend">
          {lines.map(({ name, values }, index) => (
            <li key={name}>
              <span class={`swatch swatch-${(index % COLORS.length) + 1}`} aria-hidden="true" />
              {name}: <strong>{lastText(values, text)}</strong>
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={place} class="plot" aria-hidden="true" />
    </figure>
  )
}

function lastText(values: readonly (number | null)[], text: (value: number) => string): string {
  const last = values.findLast((value) => value !== null)
  return last === undefined || last === null ? 'nothing yet' : text(last)
}
