/** Sends the progress of a call: what would be lost by leaving a frame out is sent or kept, however slowly the caller reads. */
import type { AnswerSender } from './answer-sender.js'
import type { MethodName } from './protocol.js'

/** What the progress of a method is: `whole` tells all that is done each time, `difference` what came since, `news` each thing once. */
type Kind = 'whole' | 'difference' | 'news'

const KINDS: Readonly<Partial<Record<MethodName, Kind>>> = {
  selectSql: 'whole',
  check: 'difference',
  runOperations: 'news'
}

export class CallProgress {
  readonly #id: number
  readonly #answers: AnswerSender
  readonly #kind: Kind
  /** The sum of differences that the caller has yet to be told. */
  #untold = 0

  constructor(id: number, method: string, answers: AnswerSender) {
    this.#id = id
    this.#answers = answers
    this.#kind = KINDS[method as MethodName] ?? 'news'
  }

  readonly send = (value: unknown): void => {
    if (this.#kind === 'news') this.#answers.send(this.#frame(value))
    else if (this.#kind === 'whole') this.#answers.tell(this.#frame(value))
    else {
      this.#untold += value as number
      if (this.#answers.tell(this.#frame(this.#untold))) this.#untold = 0
    }
  }

  /** Sends the differences that are left, before the answer. */
  end(): void {
    if (this.#untold > 0) this.#answers.send(this.#frame(this.#untold))
  }

  #frame(value: unknown) {
    return { id: this.#id, progress: value }
  }
}
