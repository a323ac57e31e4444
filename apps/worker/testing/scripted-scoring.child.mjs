/**
 * @file Stands in for the scoring child: scores by arithmetic on the encoding, one architecture in `ms`.
 * SCRIPT: { ms, crashOn }: the encoding, as digits, at which the process dies.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const { ms, crashOn } = JSON.parse(process.env.SCRIPT);
const send = (message) => new Promise((resolve) => process.send(message, resolve));
let stopped;

/** snip is the encoding's value, synflow its opposite, and any other proxy disagrees with both. */
const scoreBy = (value) => (name, at) =>
  ({ snip: value, synflow: -value })[name] ?? (value * (2 * at + 31)) % 97;

function scored(encoding, proxies) {
  const id = createHash('sha256').update(encoding.join('')).digest('hex').slice(0, 32);
  const value = encoding.reduce((sum, digit) => 5 * sum + digit, 0);
  return {
    id,
    encoding,
    architecture: { cell: encoding.join('') },
    macs: value,
    paramCount: value,
    scores: Object.fromEntries(
      proxies.map((name, at) => [name, { value: scoreBy(value)(name, at), failure: null }]),
    ),
    nodes: {},
  };
}

async function score({ encodings, done, spec }) {
  const { proxies } = spec.method.options;
  let count = 0;
  for (const encoding of encodings) {
    await sleep(ms);
    if (stopped) return send({ type: 'stopped', reason: stopped });
    if (encoding.join('') === crashOn) return process.kill(process.pid, 'SIGSEGV');
    const architecture = scored(encoding, proxies);
    if (done.includes(architecture.id)) continue;
    await send({ type: 'scored', architectures: [architecture] });
    count += 1;
  }
  return send({ type: 'done', result: { kind: 'score', scored: count } });
}

process.once('disconnect', () => process.exit(0));
process.on('message', (command) => {
  if (command.type === 'stop') stopped = command.reason;
  else void score(command).then(() => process.disconnect());
});
