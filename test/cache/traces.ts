/** Traces of the shapes that caches are judged by: for the tests, and for the benchmark. */

const random = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const sequential = (length: number): number[] => Array.from({ length }, (_, i) => i)

function zipf(pages: number, length: number): number[] {
  const next = random(7)
  const weights = Array.from({ length: pages }, (_, i) => 1 / (i + 1))
  const sum = weights.reduce((a, b) => a + b, 0)
  return Array.from({ length }, () => {
    let at = next() * sum
    let page = 0
    while (page < pages - 1 && at > weights[page]!) at -= weights[page++]!
    return page
  })
}

/** Some pages that are wanted again and again, and scans that pass by once. */
function loopWithScans(hot: number, rounds: number, scan: number): number[] {
  const trace: number[] = []
  let passing = 1_000_000
  for (let round = 0; round < rounds; round++) {
    for (let again = 0; again < 2; again++) for (let i = 0; i < hot; i++) trace.push(i)
    for (let i = 0; i < scan; i++) trace.push(passing++)
  }
  return trace
}

/** Pages asked for, and how many a cache has room for. */
export const TRACES: Readonly<Record<string, { readonly trace: number[]; readonly room: number }>> =
  {
    sequential: { trace: [...sequential(2000), ...sequential(2000)], room: 500 },
    zipf: { trace: zipf(2000, 20_000), room: 200 },
    'loop with scans': { trace: loopWithScans(100, 40, 300), room: 150 }
  }
