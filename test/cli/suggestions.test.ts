/** Words that are nearly right: the message says what is wrong with them, and what was meant. */
import t from 'tap'
import { COMMANDS } from '../../src/cli/commands.js'
import { parseWords } from '../../src/cli/parse-words.js'
import { nearest } from '../../src/core/suggest.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const wrong: readonly (readonly [words: string, message: RegExp])[] = [
  ['umount', /there is no command "umount"; did you mean `unmount`\?/],
  ['list', /did you mean `ls`\?/],
  ['rm', /did you mean `pin rm`, `backend rm` or `query rm`\?/],
  ['unpin', /did you mean `pin rm`\?/],
  ['upload x', /did you mean `add`\?/],
  ['warm', /did you mean `cache warm`\?/],
  ['import x.car', /did you mean `car import`\?/],
  ['ad', /did you mean `add`\?/],
  ['mounnt', /did you mean `mount`\?/],
  ['sttaus', /did you mean `status`\?/],
  ['metrcs', /did you mean `metrics`\?/],
  ['xyzzy', /there is no command "xyzzy"; see `ipfs-kit help`/],
  ['pin list', /there is no command "pin list"; did you mean `pin ls`\?/],
  ['config get cache.size', /did you mean `config show`\?/],
  ['backend remove x', /did you mean `backend rm`\?/],
  ['cache wram x', /did you mean `cache warm`\?/],
  ['pin xyzzy', /say one of: pin add, pin rm, pin ls/],
  ['pin', /say one of: pin add, pin rm, pin ls/],
  ['cat --ofset 3 x', /there is no option --ofset here; did you mean --offset\?/],
  ['cat --lenght=3 x', /did you mean --length\? See `ipfs-kit help cat`/],
  ['mount --mem 3', /did you mean --memory\?/],
  ['--hom x status', /there is no option --hom here; did you mean --home\?/],
  ['ls -z x', /there is no option -z here/],
  ['add -Qz x', /there is no option -z here/],
  ['cat -5 x', /there is no option -5 here/],
  ['cat x --offset', /--offset needs a value, N; see/],
  ['cat --offset --length 3 x', /--offset needs a value, N; after it stands --length/],
  ['mount --driver rwa', /--driver must be one of auto, raw, fuse-native, not "rwa"; did you mean raw\?/],
  ['mount --open pasthrough', /did you mean passthrough\?/],
  ['add --profile unixfs-v1 x', /--profile must be one of unixfs-v1-2025, unixfs-v0-2015, not "unixfs-v1"/],
  ['backend add x --type kuboo', /--type must be one of .*, not "kuboo"; did you mean kubo\?/],
  ['status --log-level loud', /--log-level must be one of error, warn, info.*, not "loud"/],
  ['--log-level wran status', /did you mean warn\?/],
  ['ls a b', /too many arguments, from "b" on; usage: ipfs-kit ls CIDPATH/],
  ['cat', /something is missing; usage: ipfs-kit cat CIDPATH…/]
] // prettier-ignore

t.test('what nearly says something is told what it may have meant', async (t) => {
  for (const [words, message] of wrong)
    t.throws(() => parseWords(words.split(' ')), { code: 'USAGE', message }, words)
})

t.test('a value may begin with a dash, and is judged as a value', async (t) => {
  const kit = new Kit(tempFolder(t, 'suggestions'))
  for (const words of [['--offset', '-5'], ['--offset=-5']])
    t.match(await kit.run(['cat', ...words, 'bafkqaaa']), {
      code: 2,
      stderr: /--offset takes a number from 0 on, not "-5"/
    })
  t.match(await kit.run(['pin', 'ls', '--limit', '-1']), { code: 2, stderr: /not "-1"/ })
  t.equal(parseWords(['car', 'export', 'x', '-o', '-']).options['output'], '-')
  t.equal(parseWords(['get', 'x', '-o', '-y']).options['output'], '-y')
  t.match(parseWords(['add', '-Qn', '--stdin-name', '-x', '-']), {
    args: ['-'],
    options: { quieter: true, 'only-hash': true, 'stdin-name': '-x' }
  })
  t.same(parseWords(['ls', '--', '--name']).args, ['--name'])
})

t.test('a word that lacks, swaps or doubles a letter finds its command', async (t) => {
  for (const { name } of COMMANDS) {
    const [first = ''] = name.split(' ')
    if (first.length < 4) continue
    for (const typo of [first.slice(0, -1), `${first}${first.at(-1)}`, `${first[1]}${first[0]}${first.slice(2)}`])
      t.ok(nearest(typo, COMMANDS.map((one) => one.name.split(' ')[0]!)).includes(first), typo) // prettier-ignore
  }
})
