/**
 * Where pins are to be kept: how many copies, on which backends, and whether a copy may go. As
 * git-annex's numcopies and preferred content.
 */
import type { Trust } from '../../backends/options.js'
import { KitError } from '../core/errors.js'

/** What a policy may look at in a pin. */
export interface PlacedPin {
  readonly cid: string
  readonly tags: readonly string[]
  /** In bytes; undefined where it is not known yet. */
  readonly size: number | undefined
  /** How long ago it was pinned, in ms. */
  readonly age: number
  /** For how long nobody read it, in ms: since it was pinned, where nobody ever did. */
  readonly unread: number
}

/** By what backends are compared: what content costs there, or how near they are. */
export type Order = 'cost' | 'nearness'

/** A backend as the policy sees it. */
export interface PlaceForPins {
  readonly name: string
  /** Whether pins can be put there. */
  readonly isWritable: boolean
  /** The least is chosen first: of the cost for pins that are cold, of the priority for others. */
  readonly cost: number
  readonly priority: number
  /** How far a copy there counts; one on a backend that is `untrusted` is an extra. */
  readonly trust: Trust
}

/** Demands on a pin. */
export interface Demand {
  readonly replicas: number
  /** Backends that must have a copy. */
  readonly required: readonly string[]
  /** Backends to choose before others. */
  readonly preferred: readonly string[]
  /** How those that are not preferred are compared; by their cost where nothing is said. */
  readonly order?: Order
}

/** A rule for some pins; every condition that is set must hold. */
export interface PolicyRule {
  readonly tag?: string
  readonly minSize?: number
  readonly maxSize?: number
  readonly minAge?: number
  readonly demand: Partial<Demand>
}

export interface PinPolicy {
  readonly standard: Demand
  /** The first rule that holds for a pin changes the standard. */
  readonly rules: readonly PolicyRule[]
  /** For how long nobody reads a pin before it is cold, in ms; undefined where heat counts for nothing. */
  readonly coldAfter?: number | undefined
}

export const NO_POLICY: PinPolicy = {
  standard: { replicas: 0, required: [], preferred: [] },
  rules: []
}

export function demandOn(policy: PinPolicy, pin: PlacedPin): Demand {
  const rule = policy.rules.find((one) => holdsFor(one, pin))
  const { coldAfter } = policy
  const order = coldAfter === undefined || pin.unread >= coldAfter ? 'cost' : 'nearness'
  return { ...policy.standard, ...rule?.demand, order }
}

function holdsFor({ tag, minSize, maxSize, minAge }: PolicyRule, pin: PlacedPin): boolean {
  if (tag !== undefined && !pin.tags.includes(tag)) return false
  if (minSize !== undefined && (pin.size ?? -1) < minSize) return false
  if (maxSize !== undefined && (pin.size ?? Number.POSITIVE_INFINITY) > maxSize) return false
  return minAge === undefined || pin.age >= minAge
}

/**
 * Returns the backends that lack a copy which the demand asks for, the required ones first.
 * @param have backends with a copy, or with one on its way.
 * @throws CONFIG_INVALID where there are too few backends, or a required one is none.
 */
export function lacking(
  demand: Demand,
  places: readonly PlaceForPins[],
  have: ReadonlySet<string>
): string[] {
  const known = new Map(places.map((place) => [place.name, place]))
  for (const name of demand.required)
    if (known.get(name)?.isWritable !== true && !have.has(name))
      throw new KitError(
        'CONFIG_INVALID',
        `the policy of pins requires a copy on "${name}", which is ${known.has(name) ? 'read only or keeps no pins' : 'no backend'}; see \`ipfs-kit config show\` and \`ipfs-kit backend ls\``
      )
  const chosen = demand.required.filter((name) => !have.has(name))
  const counts = (name: string): boolean => known.get(name)?.trust !== 'untrusted'
  let copies = [...have, ...chosen].filter(counts).length
  for (const { name } of inOrder(places, demand)) {
    if (copies >= demand.replicas) return chosen
    if (have.has(name) || chosen.includes(name)) continue
    chosen.push(name)
    copies++
  }
  if (copies >= demand.replicas) return chosen
  throw new KitError(
    'CONFIG_INVALID',
    `${demand.replicas} ${demand.replicas === 1 ? 'copy is' : 'copies are'} asked for, and ${copies === 0 ? 'none' : `only ${copies}`} can be kept: add a backend (\`ipfs-kit backend add\`)${demand.replicas > 1 ? ', or ask for fewer (`pins.replicas`, or --replicas of `pin add`)' : ''}`
  )
}

/** Backends that can be written and whose copies count, those to choose first in front. */
function inOrder(places: readonly PlaceForPins[], demand: Demand): PlaceForPins[] {
  const { preferred, order = 'cost' } = demand
  const rank = ({ name }: PlaceForPins): number =>
    preferred.includes(name) ? preferred.indexOf(name) : preferred.length
  const measure = (place: PlaceForPins): number => (order === 'cost' ? place.cost : place.priority)
  return places
    .filter(({ isWritable, trust }) => isWritable && trust !== 'untrusted')
    .sort((a, b) => rank(a) - rank(b) || measure(a) - measure(b) || (a.name < b.name ? -1 : 1))
}

/** A copy that goes from one backend to another. */
export interface Move {
  readonly from: string
  readonly to: string
}

/**
 * Returns the moves after which the copies of a pin lie where a new pin of that demand would get them. The
 * number of copies stays: what is too much is not moved, and what is lacking is no move.
 * @param stored backends with a copy that is stored.
 * @param have those with a copy, or with one on its way.
 */
export function movesOf(
  demand: Demand,
  places: readonly PlaceForPins[],
  stored: ReadonlySet<string>,
  have: ReadonlySet<string>
): Move[] {
  const order = inOrder(places, demand).map(({ name }) => name)
  const required = demand.required.filter((name) => order.includes(name) || have.has(name))
  const counting = counted(places, required)
  const others = order.filter((name) => !required.includes(name))
  const best = [...required, ...others.slice(0, Math.max(0, demand.replicas - counting.length))]
  const leaving = order.filter((name) => stored.has(name) && !best.includes(name)).reverse()
  return best
    .filter((name) => !have.has(name))
    .slice(0, leaving.length)
    .map((to, i) => ({ from: leaving[i]!, to }))
}

/**
 * Tells why copies may not be removed; undefined where they may.
 * @param stored backends with a copy that is stored.
 */
export function reasonToKeep(
  { required, replicas }: Demand,
  places: readonly PlaceForPins[],
  stored: ReadonlySet<string>,
  removed: ReadonlySet<string>
): string | undefined {
  return reasonAgainst({ required, replicas, counting: counted(places, stored) }, stored, removed)
}

/** What must be left of a pin when one of its copies goes. */
export interface LeftBehind extends Pick<Demand, 'replicas' | 'required'> {
  /** The backends whose copies count. */
  readonly counting: readonly string[]
}

/** As `reasonToKeep`. */
export function reasonAgainst(
  { replicas, required, counting }: LeftBehind,
  stored: ReadonlySet<string>,
  removed: ReadonlySet<string>
): string | undefined {
  const held = required.find((name) => removed.has(name) && stored.has(name))
  if (held !== undefined) return `a copy on ${held} is required`
  const left = counting.filter((name) => stored.has(name) && !removed.has(name)).length
  if (left >= replicas) return undefined
  return `${left} of the ${replicas} copies that are asked for would be left`
}

/** Returns the backends whose copies count, of those that have one. */
export function counted(places: readonly PlaceForPins[], stored: Iterable<string>): string[] {
  const counting = new Set(places.flatMap(({ name, trust }) => (trust === 'untrusted' ? [] : name)))
  return [...stored].filter((name) => counting.has(name))
}

/**
 * Returns the backends whose copies are to be looked at before others go because of them; none where
 * enough copies are left on backends that are trusted.
 * @param left backends that keep a copy.
 */
export function toLookAt(
  demand: Demand,
  places: readonly PlaceForPins[],
  left: ReadonlySet<string>
): string[] {
  const on = (trust: Trust): string[] =>
    places.flatMap((place) => (place.trust === trust && left.has(place.name) ? place.name : []))
  return on('trusted').length >= demand.replicas ? [] : on('semitrusted')
}
