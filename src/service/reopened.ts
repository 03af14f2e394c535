/**
 * A thing that is opened when it is first needed, and anew when what it was opened for has changed. One call at a time
 * opens it, and not before all work with the one before has ended: two of them at once would each lack the changes
 * of the other.
 */
export interface Opening<T> {
  /** What it is opened for: it is opened anew once one of these is another. */
  readonly given: readonly unknown[]
  readonly open: () => Promise<T>
}

interface Opened<T> {
  readonly given: readonly unknown[]
  readonly thing: T
}

export class Reopened<T extends { close(): void }> {
  readonly #now: () => Promise<Opening<T>>
  #opened: Opened<T> | undefined
  #works = new Set<Promise<unknown>>()
  #last: Promise<unknown> = Promise.resolve()

  /** @param now returns how it is to be opened as things are. */
  constructor(now: () => Promise<Opening<T>>) {
    this.#now = now
  }

  /**
   * Works with the thing as things are; works run at the same time, and begin in the order of the calls. A work must not
   * wait for another one, which may wait for its end.
   */
  async use<R>(work: (thing: T) => Promise<R> | R): Promise<R> {
    const { running } = await this.#inTurn(async () => {
      const thing = await this.#current()
      return { running: this.#counted(work, thing) }
    })
    return await running
  }

  #counted<R>(work: (thing: T) => Promise<R> | R, thing: T): Promise<R> {
    const running = (async () => await work(thing))()
    const ended = running
      .catch(() => undefined)
      .finally(() => {
        this.#works.delete(ended)
      })
    this.#works.add(ended)
    return running
  }

  async #current(): Promise<T> {
    const { given, open } = await this.#now()
    if (this.#opened !== undefined && areSame(this.#opened.given, given)) return this.#opened.thing
    await this.#letGo()
    const thing = await open()
    this.#opened = { given, thing }
    return thing
  }

  /** Waits for all work, and closes what is open. Never rejects. */
  close(): Promise<void> {
    return this.#inTurn(() => this.#letGo())
  }

  async #letGo(): Promise<void> {
    await Promise.all(this.#works)
    this.#opened?.thing.close()
    this.#opened = undefined
  }

  #inTurn<R>(work: () => Promise<R>): Promise<R> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}

const areSame = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i])
