/** Numbers from 0 to 1 from a seed, so that a run that fails can be run again. */
export function randomOf(seed: number): () => number {
  let x = seed >>> 0
  return () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return x / 2 ** 32
  }
}
