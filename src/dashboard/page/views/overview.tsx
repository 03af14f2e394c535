/** Health at a glance, and the last hour. */
import { api, resultOf } from '../api.js'
import { useAsked } from '../asked.js'
import { ageText, bytesText, counted, countText } from '../format.js'
import { linkTo } from '../route.js'
import type { Engine } from '../types.js'
import { Figure, Loaded, Meter, Panel, State } from '../ui/parts.js'
import { Table } from '../ui/table.js'
import { LastHour } from './last-hour.js'

const SOME_SECONDS = 10_000

export function Overview() {
  const engine = useAsked(
    'engine',
    async () => (await resultOf(api.GET('/api/v1/engine'))).engine as unknown as Engine,
    { every: SOME_SECONDS, on: ['mount_', 'backend_', 'healed', 'added'] }
  )
  return (
    <>
      <Loaded of={engine}>{(report) => <Health report={report} />}</Loaded>
      <LastHour />
    </>
  )
}

function Health({ report }: { report: Engine }) {
  const copies = useAsked('copies', () => resultOf(api.GET('/api/v1/copies/health')), {
    every: SOME_SECONDS,
    on: COPIES
  })
  const problems = [...problemsOf(report), ...failuresOf(copies.data?.backends ?? [])]
  return (
    <>
      <p class={problems.length === 0 ? 'verdict good' : 'verdict bad'} role="status">
        {problems.length === 0
          ? 'All is well.'
          : problems.length === 1
            ? 'One thing needs you:'
            : `${problems.length} things need you:`}
      </p>
      {problems.length > 0 && (
        <ul class="problems">
          {problems.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      )}
      <div class="grid">
        <Mounts report={report} />
        <Backends report={report} />
        <Pins />
        <Room report={report} />
      </div>
    </>
  )
}

/** Events after which copies may be otherwise. */
const COPIES = ['pinned', 'unpinned', 'healed', 'job_ended']

const failuresOf = (
  backends: readonly { readonly name: string; readonly failed: number }[]
): string[] =>
  backends.flatMap(({ name, failed }) =>
    failed === 0
      ? []
      : [`${counted(failed, 'copy', 'copies')} on ${name} failed, or is damaged: heal it at Pins`]
  )

function problemsOf({ warnings, store, ports, remote, configured }: Engine): string[] {
  return [
    ...warnings,
    ...ports.flatMap(({ name, fault }) =>
      fault === null ? [] : [`The ${name} does not answer: ${fault}`]
    ),
    ...(remote?.backends ?? []).flatMap(({ name, state, last_error: error }) =>
      state === 'down' ? [`The backend ${name} is down: ${error ?? 'it does not answer'}`] : []
    ),
    ...configured.flatMap(({ path, mounted }) =>
      mounted === false ? [`${path} is configured and not mounted: \`ipfs-kit mount ${path}\``] : []
    ),
    ...(store.scrub.damaged_blocks > 0
      ? [
          `${countText(store.scrub.damaged_blocks)} blocks of the store are damaged, and nobody has them: \`ipfs-kit fsck\` names them`
        ]
      : [])
  ]
}

const totalOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

/** What programs ask for to learn that it is not there, such as attributes that `ls` looks for. */
const ANSWERS = new Set(['ENOENT', 'ENODATA', 'EOPNOTSUPP', 'ENOSYS'])

const withoutAnswers = (errors: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(errors).filter(([name]) => !ANSWERS.has(name)))

const Mounts = ({ report: { mounts } }: { report: Engine }) => (
  <Panel title="Mounts">
    <Table
      label="Mounts"
      rows={mounts}
      keyOf={({ path }) => path}
      empty={
        <>
          Nothing is mounted. In a terminal: <code>ipfs-kit mount ~/ipfs</code>
        </>
      }
      columns={[
        { head: 'Path', cell: ({ path }) => <code>{path}</code> },
        { head: 'Requests', cell: ({ requests }) => countText(totalOf(requests)), isNumber: true },
        {
          head: 'Errors',
          cell: ({ errors }) => countText(totalOf(withoutAnswers(errors))),
          isNumber: true
        },
        { head: 'Waiting', cell: ({ waiting }) => countText(waiting), isNumber: true }
      ]}
    />
  </Panel>
)

const Backends = ({ report: { remote } }: { report: Engine }) => (
  <Panel title="Backends" actions={<a href={linkTo('backends')}>All</a>}>
    <Table
      label="Backends"
      rows={remote?.backends ?? []}
      keyOf={({ name }) => name}
      empty="None is in use."
      columns={[
        { head: 'Name', cell: ({ name }) => <a href={linkTo('backends', name)}>{name}</a> },
        { head: 'State', cell: ({ state }) => <State of={state} /> },
        { head: 'Errors', cell: ({ errors }) => countText(errors), isNumber: true }
      ]}
    />
  </Panel>
)

function Pins() {
  const health = useAsked('health', () => resultOf(api.GET('/api/v1/copies/health')), { on: COPIES }) // prettier-ignore
  return (
    <Panel title="Copies of pins" actions={<a href={linkTo('pins')}>Pins</a>}>
      <Loaded of={health}>
        {({ backends }) => (
          <Table
            label="Copies of pins by backend"
            rows={backends}
            keyOf={({ name }) => name}
            empty="Pins are kept here alone; add a backend to keep copies."
            columns={[
              { head: 'Backend', cell: ({ name }) => name },
              { head: 'Stored', cell: ({ stored }) => countText(stored), isNumber: true },
              { head: 'Pending', cell: ({ pending }) => countText(pending), isNumber: true },
              {
                head: 'Failed',
                cell: ({ failed }) =>
                  failed > 0 ? <State of="failed">{countText(failed)}</State> : '0',
                isNumber: true
              },
              { head: 'Size', cell: ({ bytes }) => bytesText(bytes), isNumber: true }
            ]}
          />
        )}
      </Loaded>
    </Panel>
  )
}

function Room({
  report: { store, memory, remote, started_at: startedAt, version, pid }
}: {
  report: Engine
}) {
  return (
    <Panel title="Disk and memory">
      <dl class="figures">
        <Figure
          name="Store"
          value={bytesText(store.bytes)}
          note={`${counted(store.blocks, 'block')}, ${counted(store.pins, 'pin')}`}
        />
        <Figure name="Free on its disk" value={bytesText(store.free_bytes)} />
        <Figure
          name="Memory"
          value={bytesText(memory.resident)}
          note={`version ${version}, process ${pid}, since ${ageText(startedAt)}`}
        />
        {remote !== null && (
          <Figure
            name="Cache"
            value={
              <Meter
                label="Cache on disk"
                value={remote.cache.disk.used}
                most={remote.cache.disk.capacity}
              />
            }
            note={`${bytesText(remote.cache.disk.used)} of ${bytesText(remote.cache.disk.capacity)}`}
          />
        )}
      </dl>
    </Panel>
  )
}
