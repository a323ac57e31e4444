/**
 * @file In a process of its own: a search for three tasks on 64×64 scenes, `task-search-memory.child <batch>`. Prints one
 * JSON line with the memory that was predicted and the peak that was measured, both without the data.
 */
import { FbNetV5Options } from '@sextant/contracts';
import { probeLowerings } from '@sextant/engine';
import { fullTopology, topologySpaces } from '@sextant/search-space';
import {
  bindTask,
  classification,
  detection,
  FbNetV5Trainer,
  predictMultiTaskBytes,
  scoreNetwork,
  segmentation,
  type Box,
} from '../src';

const batchSize = Number(process.argv[2]);
const [side, count] = [64, 512];
const size = { height: side, width: side };
const images = { count, images: new Uint8Array(count * side ** 2).fill(100) };
const each = <T>(label: T): T[] => Array.from({ length: count }, () => label);
const tasks = [
  bindTask(classification({ classes: 10 }), each(3)),
  bindTask(segmentation({ classes: 11, ...size }), each(new Uint8Array(side ** 2))),
  bindTask(detection({ classes: 10, ...size }), each<Box[]>([[2, 10, 10, 30, 40]])),
];
const space = topologySpaces['scenes-small'];
const format = { channels: 1, ...size, mean: [0.4], standardDeviation: [0.3] };
const settings = FbNetV5Options.parse({ batchSize, steps: 8, warmUpFraction: 0 });
const lowerings = await probeLowerings();
const plan = { space, format, tasks };
const predictedBytes = predictMultiTaskBytes({ ...plan, settings, lowerings });
const trainer = FbNetV5Trainer.create({
  ...{ space, format, images, settings, seed: 1, threads: 1, lowerings },
  tasks: tasks.map((task) => ({ task })),
});
while (!trainer.isFinished) await trainer.step();
await trainer.release();
for (const task of tasks) {
  const network = trainer.network(task.name, fullTopology(space));
  const exam = { images, tasks: [task] };
  await scoreNetwork(network, exam, { set: images, images: 128 }, 1);
}
const measuredBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ predictedBytes, measuredBytes }));
process.exit(0);
