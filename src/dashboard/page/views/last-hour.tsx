/** Charts of the last hour, from samples of counters. */
import { useMemo } from 'preact/hooks'
import { api, resultOf } from '../api.js'
import { useAsked } from '../asked.js'
import { bytesText, countText, msText } from '../format.js'
import { Chart, type Line } from '../ui/chart.js'
import { Loaded, Panel } from '../ui/parts.js'
import type { paths } from '../../../client/index.js'

type Activity = paths['/api/v1/activity']['get']['responses']['200']['content']['application/json']
type Sample = Activity['samples'][number]

const EVERY = 10_000

export function LastHour() {
  const asked = useAsked('activity', () => resultOf(api.GET('/api/v1/activity')), { every: EVERY })
  return (
    <Panel title="Last hour">
      <Loaded of={asked}>{({ samples }) => <Charts samples={samples} />}</Loaded>
    </Panel>
  )
}

function Charts({ samples }: { samples: readonly Sample[] }) {
  const drawn = useMemo(() => chartsOf(samples), [samples])
  if (samples.length < 2) return <p class="quiet">The first figures come in ten seconds.</p>
  const times = samples.slice(1).map(({ time }) => Date.parse(time) / 1000)
  return (
    <div class="charts">
      {drawn.map((chart) => (
        <Chart key={chart.title} times={times} {...chart} />
      ))}
    </div>
  )
}

interface Drawn {
  readonly title: string
  readonly lines: readonly Line[]
  readonly text: (value: number) => string
}

const perSecond = (value: number): string => `${countText(value)}/s`
const share = (value: number): string => `${Math.round(value * 100)} %`

function chartsOf(samples: readonly Sample[]): Drawn[] {
  const mounts = namesIn(samples, ({ mounts }) => mounts.map(({ path }) => path))
  const backends = namesIn(samples, ({ backends }) => backends.map(({ name }) => name))
  const mount = (path: string) => (sample: Sample) => sample.mounts.find((one) => one.path === path)
  const backend = (name: string) => (sample: Sample) =>
    sample.backends.find((one) => one.name === name)
  const perMount = (of: (path: string) => Line['values']): Line[] =>
    mounts.map((path) => ({ name: path, values: of(path) }))
  const fetch = ({ fetch }: Sample) => fetch ?? undefined
  return [
    {
      title: 'Requests of mounts',
      text: perSecond,
      lines: perMount((path) => rates(samples, mount(path), (one) => one.requests))
    },
    {
      title: 'Answered without waiting',
      text: share,
      lines: perMount((path) =>
        shares(
          samples,
          mount(path),
          (one) => one.requests - one.waited,
          (one) => one.requests
        )
      )
    },
    {
      title: 'Mean time to answer',
      text: msText,
      lines: perMount((path) =>
        shares(
          samples,
          mount(path),
          (one) => one.answer_ms,
          (one) => one.requests
        )
      )
    },
    {
      title: 'Hits of the cache',
      text: share,
      lines: [
        { name: 'memory', values: shares(samples, fetch, (one) => one.memory_hits, read) },
        { name: 'disk', values: shares(samples, fetch, (one) => one.disk_hits, read) }
      ]
    },
    {
      title: 'Fetched from backends',
      text: (value: number) => `${bytesText(value)}/s`,
      lines: backends.map((name) => ({
        name,
        values: rates(samples, backend(name), (one) => one.bytes)
      }))
    },
    {
      title: 'Mean time of backends',
      text: msText,
      lines: backends.map((name) => ({
        name,
        values: shares(
          samples,
          backend(name),
          (one) => one.answer_ms,
          (one) => one.requests
        )
      }))
    },
    {
      title: 'Memory of the engine',
      text: bytesText,
      lines: [{ name: 'resident', values: samples.slice(1).map(({ memory }) => memory) }]
    }
  ].filter(({ lines }) => lines.length > 0)
}

const read = (one: NonNullable<Sample['fetch']>): number =>
  one.memory_hits + one.disk_hits + one.fetched_blocks

const namesIn = (
  samples: readonly Sample[],
  of: (sample: Sample) => readonly string[]
): string[] => [...new Set(samples.flatMap(of))]

/** Returns by how much a counter grew between each two samples; null where it began anew. */
function growth<T>(
  samples: readonly Sample[],
  of: (sample: Sample) => T | undefined,
  count: (one: T) => number
): (number | null)[] {
  return samples.slice(1).map((sample, index) => {
    const [before, now] = [of(samples[index]!), of(sample)]
    if (before === undefined || now === undefined) return null
    const grown = count(now) - count(before)
    return grown < 0 ? null : grown
  })
}

function rates<T>(
  samples: readonly Sample[],
  of: (sample: Sample) => T | undefined,
  count: (one: T) => number
): (number | null)[] {
  return growth(samples, of, count).map((grown, index) => {
    const seconds = (Date.parse(samples[index + 1]!.time) - Date.parse(samples[index]!.time)) / 1000
    return grown === null || seconds <= 0 ? null : grown / seconds
  })
}

/** Returns one growth as a part of another; null where nothing grew. */
function shares<T>(
  samples: readonly Sample[],
  of: (sample: Sample) => T | undefined,
  part: (one: T) => number,
  whole: (one: T) => number
): (number | null)[] {
  const parts = growth(samples, of, part)
  return growth(samples, of, whole).map((grown, index) => {
    const share = parts[index] ?? null
    return grown === null || grown === 0 || share === null ? null : share / grown
  })
}
