/** @file Models nobody vouches for, given to the built child: each is answered or refused, and this process lives on. */
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { axisDim } from '@sextant/engine';
import { rng } from '@sextant/common';
import {
  externalWeights,
  foreignModel,
  nodeProto,
  oneConvolution,
  ones,
} from '@sextant/engine/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandFailed, exitStatus } from './exit-status';
import { inspectModel } from './inspect-model';
import type { ModelLimits } from './model-process';
import type { Inspection, InspectRequest } from './inspection';

const built = path.join(import.meta.dirname, '../../../dist/apps/cli');
const child = path.join(built, 'inspect.child.js');
const mebibyte = 2 ** 20;
const limits: ModelLimits = { memoryBytes: 2048 * mebibyte, timeoutMs: 60_000 };

let home: string;
beforeAll(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'sextant-inspect-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function fileOf(name: string, content: Uint8Array | string): string {
  const file = path.join(home, name);
  writeFileSync(file, content);
  return file;
}

const request = (file: string, more: Partial<InspectRequest> = {}): InspectRequest => ({
  file,
  inputs: {},
  threads: 1,
  runs: 3,
  maxFileBytes: 512 * mebibyte,
  ...more,
});
const inspect = (file: string, more: Partial<InspectRequest> = {}): Promise<Inspection> =>
  inspectModel(request(file, more), limits, child);

/** The refusal; any answer or other failure fails the test. */
async function failure(asked: Promise<Inspection>): Promise<CommandFailed> {
  const error: unknown = await asked.then(
    () => expect.fail('an answer came'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CommandFailed);
  return error as CommandFailed;
}

/** 'opened', or 'refused' with a reason; anything else fails the test. */
async function outcome(file: string): Promise<'opened' | 'refused'> {
  try {
    const { macs, latency } = await inspect(file, { runs: 1 });
    expect([Number.isSafeInteger(macs), latency.medianMs > 0]).toEqual([true, true]);
    return 'opened';
  } catch (error) {
    expect(error).toBeInstanceOf(CommandFailed);
    const { status, message } = error as CommandFailed;
    expect([file, status, message]).toEqual([
      file,
      exitStatus.usage,
      expect.stringMatching(/\.onnx: .{15}/),
    ]);
    return 'refused';
  }
}

/** Two processes at a time. */
async function outcomes(files: readonly string[]): Promise<{ opened: number; refused: number }> {
  const counts = { opened: 0, refused: 0 };
  const waiting = [...files];
  const work = async (): Promise<void> => {
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      counts[await outcome(file)]++;
    }
  };
  await Promise.all([work(), work()]);
  return counts;
}

describe('a model', () => {
  it('is described, counted and timed', async () => {
    const bytes = oneConvolution();
    const inspection = await inspect(fileOf('conv.onnx', bytes));
    expect(inspection).toMatchObject({
      fileBytes: bytes.length,
      opsets: { '': 17 },
      metadata: { names: "{0: 'cat', 1: 'dog'}" },
      inputs: [{ name: 'x', ranWith: [1, 3, 16, 16] }],
      outputs: [{ name: 'y', ranWith: [1, 8, 16, 16] }],
      macs: 55_296,
      paramCount: 224,
      operators: { Conv: 1 },
      latency: { runs: 3 },
    });
    const { p10Ms, medianMs, p90Ms } = inspection.latency;
    expect([0, p10Ms, medianMs, p90Ms].sort((a, b) => a - b)).toEqual([0, p10Ms, medianMs, p90Ms]);
  });

  it('is run at the sizes that are given, from the command too', async () => {
    const side = axisDim('x', 2);
    const file = fileOf(
      'open.onnx',
      foreignModel({
        nodes: [nodeProto('Conv', '', ['x', 'w'], ['y'])],
        inputs: { x: [axisDim('x', 0), 3, side, side] },
        outputs: ['y'],
        initializers: [ones('w', [4, 3, 1, 1])],
      }),
    );
    const command = (...args: string[]) =>
      promisify(execFile)(process.execPath, [
        path.join(built, 'main.js'),
        'inspect',
        file,
        ...args,
      ]);
    const { stdout } = await command('--input', 'x=2x3x8x8', '--runs', '2', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      macs: 2 * 4 * 64 * 3,
      inputs: [{ ranWith: [2, 3, 8, 8] }],
    });
    const { stdout: text } = await command('--input', 'x=2x3x8x8', '--runs', '2');
    expect(text).toMatch(/^inputs {6}x: float32 \[.*\], run as 2x3x8x8$/m);
    await expect(command()).rejects.toMatchObject({
      code: exitStatus.usage,
      stderr: expect.stringContaining('--input x=1x3x32x32'),
    });
    await expect(command('--input', '2x3x8x8')).rejects.toMatchObject({ code: exitStatus.usage });
  });
});

describe('a file is refused, with the reason and exit status 2,', () => {
  it.each([
    ['that is missing', () => path.join(home, 'none.onnx'), /cannot be opened/],
    ['that is a directory', () => home, /not a regular file/],
    ['that is empty', () => fileOf('empty.onnx', ''), /is empty/],
    ['that is a web page', () => fileOf('page.onnx', '<!DOCTYPE html><p>404'), /not an ONNX model/],
    ['whose data is elsewhere', () => fileOf('external.onnx', externalWeights()), /another file/],
  ])('%s', async (_, make, reason) => {
    const { message, status } = await failure(inspect(make()));
    expect([message, status]).toEqual([expect.stringMatching(reason), exitStatus.usage]);
  });

  it('whose names fill megabytes', async () => {
    const name = 'n'.repeat(2 ** 23);
    const nodes = [nodeProto('Relu', '', [name], ['y'])];
    const file = fileOf(
      'names.onnx',
      foreignModel({ nodes, inputs: { [name]: [1] }, outputs: ['y'] }),
    );
    expect((await failure(inspect(file))).message).toMatch(/names.onnx: the names in it fill/);
  });
  it('whose text could steer a terminal, which is taken out', async () => {
    const nodes = [nodeProto('\u001b[2J\u202e', '', ['x'], ['y'])];
    const file = fileOf('steer.onnx', foreignModel({ nodes, inputs: { x: [1] }, outputs: ['y'] }));
    const { message } = await failure(inspect(file));
    expect(message).toMatch(/\[2J/);
    expect(message).not.toMatch(/\p{Cc}|\p{Cf}/u);
  });

  it('that is too large, before it is read', async () => {
    const file = fileOf('large.onnx', oneConvolution());
    truncateSync(file, 600 * mebibyte); // a hole: it takes no disk
    const { message, status } = await failure(inspect(file));
    expect(message).toMatch(/has 600.0 MiB and the limit is 512.0 MiB/);
    expect(status).toBe(exitStatus.usage);
  });
});

describe('a process that goes wrong', () => {
  /** A child that does this in place of inspecting. */
  const rogue = (name: string, body: string): string =>
    fileOf(
      `${name}.mjs`,
      `process.once('message', () => { ${body} }); setInterval(() => {}, 1000);`,
    );
  const asked = (entry: string, more: Partial<ModelLimits> = {}) =>
    failure(inspectModel(request('some.onnx'), { ...limits, ...more }, entry));

  it.each([
    ['SIGSEGV', /died of SIGSEGV.*makes ONNX Runtime fail/],
    ['SIGKILL', /died of SIGKILL.*memory was short/],
  ])('by %s is reported', async (signal, words) => {
    const { message, status } = await asked(
      rogue(signal, `process.kill(process.pid, '${signal}')`),
    );
    expect([message, status]).toEqual([expect.stringMatching(words), exitStatus.failed]);
  });
  it('by leaving is reported with its last words', async () => {
    const { message } = await asked(rogue('leaver', `console.error('alas'); process.exit(7)`));
    expect(message).toMatch(/exit code 7.*last words: alas/);
  });
  it('by not ending, in native code too, is ended', async () => {
    const { message, status } = await asked(rogue('loop', 'for (;;);'), { timeoutMs: 700 });
    expect([message, status]).toEqual([expect.stringMatching(/within 0.7 s/), exitStatus.timeout]);
  });
  it('by filling memory is ended', async () => {
    const eat = 'globalThis.all = []; setInterval(() => all.push(Buffer.alloc(2 ** 25, 1)), 5);';
    const { message, status } = await asked(rogue('eater', eat), { memoryBytes: 256 * mebibyte });
    expect([message, status]).toEqual([
      expect.stringMatching(/more memory than it may/),
      exitStatus.failed,
    ]);
  });
  it('because a small model asks for a large tensor is ended or refused', async () => {
    const huge = foreignModel({
      nodes: [
        nodeProto('Expand', '', ['x', 'dims'], ['wide']),
        nodeProto('MatMul', '', ['wide', 'wide'], ['y']),
      ],
      inputs: { x: [1, 1] },
      outputs: ['y'],
      initializers: [{ ...ones('dims', [2]), dataType: 7, rawData: sizeBytes(40_000, 40_000) }],
    });
    const { message } = await failure(
      inspectModel(
        request(fileOf('huge.onnx', huge)),
        { ...limits, memoryBytes: 512 * mebibyte },
        child,
      ),
    );
    expect(message).toMatch(/more memory than it may|does not run the model/);
  });
});

const sizeBytes = (...sizes: number[]) =>
  new Uint8Array(BigInt64Array.from(sizes.map(BigInt)).buffer);

const data = path.join(
  process.env['SEXTANT_DATA'] ?? path.join(import.meta.dirname, '../../../../shared/data'),
  'onnx',
);
const without = existsSync(data) ? '' : ' (skipped: no onnx folder in SEXTANT_DATA)';

describe.skipIf(without)(`networks from elsewhere${without}`, () => {
  const network = (): Uint8Array =>
    new Uint8Array(readFileSync(path.join(data, 'proxyless_landmark_pfld.onnx')));

  it('open', async () => {
    const files = (await readdir(data)).filter((file) => file.endsWith('.onnx'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const { macs, paramCount, notCounted } = await inspect(path.join(data, file));
      expect([macs > 1e7, paramCount > 1e5, notCounted]).toEqual([true, true, []]);
    }
  });

  it('are opened or refused when cut off or changed, whatever it is that changes', async () => {
    const draw = rng(11, 'damage');
    const whole = network();
    const cut = Array.from({ length: 12 }, (_, at) =>
      fileOf(`cut-${at}.onnx`, whole.subarray(0, draw.int(whole.length))),
    );
    expect(await outcomes(cut)).toEqual({ opened: 0, refused: 12 });
    const changed = Array.from({ length: 16 }, (_, at) => {
      const bytes = whole.slice();
      // Structure is at the front; the rest is weights, most changes of which do no harm.
      for (let change = 0; change < 4; change++) bytes[draw.int(20_000)] = draw.int(256);
      return fileOf(`changed-${at}.onnx`, bytes);
    });
    const { opened, refused } = await outcomes(changed);
    expect(opened + refused).toBe(16);
    expect(refused).toBeGreaterThan(0);
  }, 120_000);
});

const debian = '/usr/share/libonnx-testdata/data';
const withoutDebian = existsSync(debian) ? '' : ' (skipped: libonnx-testdata is not installed)';

describe.skipIf(withoutDebian)(`the models of the ONNX project${withoutDebian}`, () => {
  it('open or are refused with a reason', async () => {
    const all = (await readdir(debian, { recursive: true }))
      .filter((file) => path.basename(file) === 'model.onnx')
      .sort();
    const files = all.filter((_, at) => at % 30 === 0).map((file) => path.join(debian, file));
    expect(files.length).toBeGreaterThan(30);
    const { opened, refused } = await outcomes(files);
    expect(opened).toBeGreaterThan(refused);
  }, 120_000);
});
