/** Long work in the background, with progress. */
import { useState } from 'preact/hooks'
import { api, AS_JOB, errorText, resultOf } from '../api.js'
import { useAsked } from '../asked.js'
import { ageText, countText, valueText } from '../format.js'
import { attempt } from '../notices.js'
import { Action, Loaded, Panel, State } from '../ui/parts.js'
import { Table } from '../ui/table.js'

export function Jobs() {
  const list = useAsked('jobs', () => resultOf(api.GET('/api/v1/jobs')), {
    every: 5000,
    on: ['job_']
  })
  const begin = (what: string, work: Promise<unknown>) => attempt(what, work).then(list.reload)
  return (
    <Panel
      title="Jobs"
      actions={
        <span class="row">
          <Action
            onClick={() =>
              begin('Check the store', resultOf(api.POST('/api/v1/fsck', { body: {}, ...AS_JOB })))
            }
          >
            Check the store
          </Action>
          <Action
            confirm="Remove the blocks that no pin reaches?"
            onClick={() =>
              begin('Collect garbage', resultOf(api.POST('/api/v1/gc', { body: {}, ...AS_JOB })))
            }
          >
            Collect garbage
          </Action>
        </span>
      }
    >
      <Loaded of={list}>
        {({ jobs }) => (
          <Table
            label="Jobs"
            rows={jobs.toReversed()}
            keyOf={({ id }) => id}
            empty="None since the engine began."
            columns={[
              { head: 'Job', cell: ({ operation }) => operation },
              { head: 'Of', cell: ({ request }) => <span class="wrap">{about(request)}</span> },
              { head: 'State', cell: ({ status }) => <State of={status} /> },
              {
                head: 'Progress',
                cell: ({ progress, operation, status }) =>
                  progress !== null && (
                    <Progress of={operation} isRunning={status === 'running'} {...progress} />
                  )
              },
              { head: 'Begun', cell: ({ created_at: at }) => ageText(at) },
              {
                head: 'Result',
                cell: ({ id, status, warnings, error }) => (
                  <span class="wrap">
                    {status === 'completed' && <Result id={id} />}
                    {[...(error === null ? [] : [valueText(error['error'])]), ...warnings].join(
                      ' '
                    )}
                  </span>
                )
              },
              {
                head: 'Change',
                cell: ({ id, status }) =>
                  status === 'running' && (
                    <Action
                      kind="small"
                      onClick={() =>
                        begin(
                          'Cancel',
                          resultOf(
                            api.DELETE('/api/v1/jobs/{id}', { params: { path: { id } } })
                          ).then(() => undefined)
                        )
                      }
                    >
                      Cancel
                    </Action>
                  )
              }
            ]}
          />
        )}
      </Loaded>
    </Panel>
  )
}

interface ProgressProps {
  readonly of: string
  readonly isRunning: boolean
  readonly what: string
  readonly done: number
  readonly total: number | null
}

const Progress = ({ of, isRunning, what, done, total }: ProgressProps) => (
  <>
    {isRunning && (
      <progress
        aria-label={`${of}: ${what}`}
        {...(total === null ? {} : { value: done, max: total })}
      />
    )}{' '}
    {what} {countText(done)}
  </>
)

/** What a job found, which is asked for when somebody wants to see it. */
function Result({ id }: { id: string }) {
  const [found, setFound] = useState<string>()
  const look = (): void => {
    resultOf(api.GET('/api/v1/jobs/{id}', { params: { path: { id } } })).then(
      ({ job }) => setFound(JSON.stringify(job.result, null, 2)),
      (error: unknown) => setFound(errorText(error))
    )
  }
  return (
    <details onToggle={look}>
      <summary>What it found</summary>
      <pre tabIndex={0}>{found ?? '…'}</pre>
    </details>
  )
}

/** Returns what a job was asked for, such as which backend, in one line. */
const about = (request: object | null): string =>
  Object.entries(request ?? {})
    .map(
      ([key, value]) =>
        `${key.replaceAll('_', ' ')}: ${Array.isArray(value) ? value.map(valueText).join(', ') : valueText(value)}`
    )
    .join('; ')
