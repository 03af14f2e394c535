/**
 * Waits for the outcomes of several promises, but after the first success only `graceMs` longer,
 * so that a silent source does not delay the answers of others.
 * @returns the outcomes so far, in order of arrival.
 */
export function settledWithGrace<T>(
  work: readonly Promise<T>[],
  graceMs: number
): Promise<PromiseSettledResult<T>[]> {
  return new Promise((resolve) => {
    const outcomes: PromiseSettledResult<T>[] = []
    let timer: NodeJS.Timeout | undefined
    const end = (): void => {
      clearTimeout(timer)
      resolve(outcomes)
    }
    const settled = (outcome: PromiseSettledResult<T>): void => {
      outcomes.push(outcome)
      if (outcomes.length === work.length) end()
      else if (outcome.status === 'fulfilled') timer ??= setTimeout(end, graceMs)
    }
    if (work.length === 0) end()
    for (const one of work)
      one.then(
        (value) => settled({ status: 'fulfilled', value }),
        (reason: unknown) => settled({ status: 'rejected', reason })
      )
  })
}
