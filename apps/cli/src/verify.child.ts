/** @file Runs a downloaded model on the test set, away from every event loop that serves somebody. */
import { readFile } from 'node:fs/promises';
import { messageOf } from '@sextant/common';
import { openDataset } from '@sextant/datasets';
import { countCorrect, predict } from '@sextant/supernet';

export interface VerifyRequest {
  readonly modelFile: string;
  readonly dataset: string;
  readonly datasetRoot: string;
  /** Base64, one class per test image. */
  readonly reported: string;
}

export type VerifyAnswer =
  | { readonly equal: number; readonly accuracy: number; readonly n: number }
  | { readonly error: string };

async function verify({
  modelFile,
  dataset: id,
  datasetRoot,
  reported,
}: VerifyRequest): Promise<VerifyAnswer> {
  const dataset = await openDataset(id, { root: datasetRoot });
  const predictions = await predict(await readFile(modelFile), dataset.test, dataset, 1);
  const expected = Buffer.from(reported, 'base64');
  const n = dataset.test.count;
  if (expected.length !== n) {
    return { error: `${expected.length} predictions were reported for ${n} test images` };
  }
  const accuracy = countCorrect(predictions, dataset.test.labels) / n;
  return { equal: countCorrect(predictions, expected), accuracy, n };
}

process.once('disconnect', () => process.exit(0));
process.once('message', (request: VerifyRequest) => {
  void verify(request)
    .catch((error: unknown): VerifyAnswer => ({ error: messageOf(error) }))
    .then((answer) => process.send?.(answer, () => process.exit(0)));
});
