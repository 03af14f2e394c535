/** The explorer: what a CID is, what is in it, and where its bytes are. */
import { useState } from 'preact/hooks'
import { api, resultOf } from '../api.js'
import { useAsked } from '../asked.js'
import { bytesText, counted, countText, shellWord } from '../format.js'
import { linkTo, route } from '../route.js'
import { Action, CidLink, Copy, Figure, Loaded, Panel, State } from '../ui/parts.js'
import { Pager, usePages } from '../ui/pages.js'
import { Table } from '../ui/table.js'
import { attempt } from '../notices.js'
import { Adding } from './adding.js'
import { DagNode } from './dag-node.js'
import { Preview } from './preview.js'

export function Content() {
  const path = route.value.of
  return (
    <>
      <Asking key={path} path={path} />
      {path === '' ? <Adding /> : <Shown key={path} path={path} />}
    </>
  )
}

/** Returns the CID and path that a link to content leads to, whichever gateway it names. */
function pathIn(text: string): string {
  const [, cid, below] = /^https?:\/\/([a-z0-9]+)\.ipfs\.[^/]+(\/[^?#]*)?/.exec(text) ?? []
  if (cid !== undefined) return cid + (below ?? '')
  return text.replace(/^(?:https?:\/\/[^/]+)?\/ipfs\/|^ipfs:\/\//, '').replace(/[?#].*$/, '')
}

function Asking({ path }: { path: string }) {
  const [text, setText] = useState(path)
  const go = (event: Event): void => {
    event.preventDefault()
    const wanted = pathIn(text.trim())
    location.hash = linkTo('content', wanted)
  }
  return (
    <form class="row" onSubmit={go} role="search">
      <label class="grow">
        CID, or a path below one
        <input
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          spellcheck={false}
          autocomplete="off"
          placeholder="bafy…/folder/file"
        />
      </label>
      <button>Show</button>
    </form>
  )
}

function Shown({ path }: { path: string }) {
  const stat = useAsked(`stat ${path}`, () =>
    resultOf(api.GET('/api/v1/stat', { params: { query: { path } } }))
  )
  return (
    <>
      <Crumbs path={path} />
      <Loaded of={stat}>
        {(found) => (
          <>
            <Panel title="What it is">
              <dl class="figures">
                <Figure
                  name="Kind"
                  value={found.type}
                  note={
                    found.type === 'directory' ? `${countText(found.links)} entries` : undefined
                  }
                />
                <Figure
                  name="Size"
                  value={bytesText(found.type === 'directory' ? found.dag_size : found.size)}
                  note={counted(found.blocks, 'block')}
                />
                <Figure
                  name="Here"
                  value={
                    <State of={found.local ? 'here' : 'missing'}>
                      {found.local ? 'yes' : 'not all of it'}
                    </State>
                  }
                />
              </dl>
              <p class="mono wrap">{found.cid}</p>
              <p class="row">
                <Copy text={found.cid} what="CID" />
                <Copy
                  text={`ipfs-kit ${found.type === 'directory' ? 'ls' : 'cat'} ${shellWord(path)}`}
                  what="command"
                />
                {found.type === 'file' && (
                  <a
                    href={`/api/v1/download?${new URLSearchParams({ path })}`}
                    download={nameOf(path)}
                  >
                    Download
                  </a>
                )}
                <Action
                  onClick={() =>
                    attempt(
                      'Pin',
                      resultOf(api.POST('/api/v1/pins', { body: { paths: [found.cid] } }))
                    )
                  }
                >
                  Pin
                </Action>
              </p>
            </Panel>
            {found.type === 'directory' ? (
              <Folder path={path} />
            ) : (
              <Preview path={path} size={found.size} />
            )}
            <Places cid={found.cid} path={path} />
            <DagNode cid={found.cid} />
          </>
        )}
      </Loaded>
    </>
  )
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

function Crumbs({ path }: { path: string }) {
  const names = path.split('/').filter(Boolean)
  return (
    <nav aria-label="Path" class="crumbs">
      {names.map((name, index) => (
        <span key={index}>
          {index > 0 && ' / '}
          {index === names.length - 1 ? (
            <span aria-current="page">{name}</span>
          ) : (
            <a href={linkTo('content', names.slice(0, index + 1).join('/'))}>{name}</a>
          )}
        </span>
      ))}
    </nav>
  )
}

const PAGE = 500

function Folder({ path }: { path: string }) {
  const pages = usePages()
  const { cursor } = pages
  const query = { path, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) }
  const list = useAsked(`ls ${path} ${cursor ?? ''}`, () =>
    resultOf(api.GET('/api/v1/ls', { params: { query } }))
  )
  return (
    <Panel title="Folder">
      <Loaded of={list}>
        {({ entries, total, next_cursor: next }) => (
          <>
            <Table
              label="Entries of the folder"
              rows={entries}
              keyOf={({ name }) => name}
              empty="The folder is empty."
              columns={[
                {
                  head: 'Name',
                  cell: ({ name, type }) => (
                    <a href={linkTo('content', `${path.replace(/\/+$/, '')}/${name}`)}>
                      {type === 'directory' ? `${name}/` : name}
                    </a>
                  )
                },
                {
                  head: 'Size',
                  cell: ({ type, size }) => (type === 'directory' ? '' : bytesText(size)),
                  isNumber: true
                },
                { head: 'CID', cell: ({ cid }) => <CidLink cid={cid} /> }
              ]}
            />
            <p class="quiet">{countText(total)} in all</p>
            <Pager pages={pages} next={next} />
          </>
        )}
      </Loaded>
    </Panel>
  )
}

function Places({ cid, path }: { cid: string; path: string }) {
  const explained = useAsked(`explain ${path}`, () =>
    resultOf(api.GET('/api/v1/explain', { params: { query: { path } } }))
  )
  const kept = useAsked(
    `places ${cid}`,
    () =>
      resultOf(api.GET('/api/v1/pins/{cid}/places', { params: { path: { cid } } })).catch(
        () => undefined
      ),
    { on: ['pinned', 'unpinned'] }
  )
  return (
    <Panel title="Where its bytes are">
      {kept.data !== undefined && (
        <p>
          {kept.data.local.pinned ? (
            <State of="pinned">pinned here</State>
          ) : (
            <State of="unpinned">not a pin of its own</State>
          )}{' '}
          {kept.data.copies.map(({ backend, status }) => (
            <State key={backend} of={status}>
              {backend}: {status}
            </State>
          ))}
        </p>
      )}
      <Loaded of={explained}>
        {({ segments }) => (
          <Table
            label="Where its bytes are"
            rows={grouped(segments).slice(0, MOST_PARTS)}
            empty="It has no bytes."
            columns={[
              { head: 'Part', cell: ({ path: part, cid: one }) => part || <CidLink cid={one} /> },
              { head: 'Bytes', cell: ({ length }) => bytesText(length), isNumber: true },
              {
                head: 'From',
                cell: ({ tier, backend }) =>
                  tier === backend ? tier : `${tier}, ${backend ?? 'unknown'}`
              }
            ]}
          />
        )}
      </Loaded>
    </Panel>
  )
}

const MOST_PARTS = 200

interface Part {
  readonly cid: string
  readonly path: string
  /** Null for what nobody knows the size of. */
  readonly length: number | null
  readonly tier: string | null
  readonly backend: string | null
}

/** Adds up the parts of a file that come from one place. */
function grouped(parts: readonly Part[]): Part[] {
  const found = new Map<string, Part>()
  for (const part of parts) {
    const key = `${part.path}\n${part.tier}\n${part.backend ?? ''}`
    const before = found.get(key)
    found.set(
      key,
      before === undefined ? part : { ...before, length: (before.length ?? 0) + (part.length ?? 0) }
    )
  }
  return [...found.values()]
}
