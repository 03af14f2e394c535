/** Adding files and folders of this browser, by drag and drop or by choosing them. */
import { useState } from 'preact/hooks'
import { errorText, mayChange } from '../api.js'
import { bytesText } from '../format.js'
import { notify } from '../notices.js'
import { CidLink, Panel } from '../ui/parts.js'
import { Table } from '../ui/table.js'
import { droppedFiles, upload, type Added, type NamedFile } from '../uploading.js'

const unreadable = (error: unknown): void =>
  notify(`What was dropped cannot be read: ${errorText(error)}`, true)

export function Adding() {
  const [added, setAdded] = useState<readonly Added[]>([])
  const [progress, setProgress] = useState<{ readonly sent: number; readonly total: number }>()
  const [isOver, setOver] = useState(false)
  if (mayChange.value !== true) return null
  const send = async (files: readonly NamedFile[]): Promise<void> => {
    if (files.length === 0) return
    setProgress({ sent: 0, total: files.reduce((sum, { file }) => sum + file.size, 0) })
    try {
      const found = await upload(files, (sent, total) => setProgress({ sent, total }))
      setAdded((before) => [...found, ...before])
      notify(`Added ${found.map(({ name }) => name).join(', ')}`)
    } catch (error) {
      notify(`Adding failed: ${errorText(error)}`, true)
    } finally {
      setProgress(undefined)
    }
  }
  const chosen = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement
    const files = [...(input.files ?? [])].map((file) => ({
      file,
      path: file.webkitRelativePath || file.name
    }))
    void send(files)
    input.value = ''
  }
  return (
    <Panel title="Add">
      <div
        class={isOver ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault()
          setOver(false)
          if (event.dataTransfer !== null)
            void droppedFiles(event.dataTransfer).then(send, unreadable)
        }}
      >
        <p>Drop files or folders here, or choose them. They are added and pinned.</p>
        <p class="row">
          <label class="button">
            Files
            <input type="file" multiple onChange={chosen} class="unseen" />
          </label>
          <label class="button">
            A folder
            <input type="file" {...{ webkitdirectory: true }} onChange={chosen} class="unseen" />
          </label>
        </p>
        {progress !== undefined && (
          <p role="status">
            <progress value={progress.sent} max={progress.total} aria-label="Sent" />{' '}
            {bytesText(progress.sent)} of {bytesText(progress.total)}
          </p>
        )}
      </div>
      {added.length > 0 && (
        <Table
          label="What was added"
          rows={added}
          empty=""
          columns={[
            { head: 'Name', cell: ({ cid, name }) => <CidLink cid={cid} name={name} /> },
            { head: 'CID', cell: ({ cid }) => <CidLink cid={cid} /> }
          ]}
        />
      )}
    </Panel>
  )
}
