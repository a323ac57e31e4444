import { RandomForestRegression } from 'ml-random-forest';
import fs from 'node:fs';
import zlib from 'node:zlib';
const csv = (f) => {
  const [h, ...l] = zlib
    .gunzipSync(fs.readFileSync('/work/shared/data/' + f))
    .toString()
    .trim()
    .split('\n')
    .map((r) => r.split(','));
  return l.map((r) => Object.fromEntries(h.map((k, i) => [k, r[i]])));
};
const nb = csv('nasbench201/nb201.csv.gz'),
  zc = csv('zero_cost/nb201_cifar10_9445.csv.gz');
const names = Object.keys(zc[0]).slice(1);
const X = zc.map((r) => names.map((n) => +r[n])),
  Y = zc.map((r) => +nb[+r.idx].c10_test_200),
  V = zc.map((r) => +nb[+r.idx].c10_val_200);
function tau(x, y) {
  let s = 0;
  const n = 1500,
    st = 6;
  let tx = 0,
    ty = 0,
    c = 0;
  for (let i = 0; i < x.length; i += st)
    for (let j = 0; j < i; j += st) {
      const a = Math.sign(x[i] - x[j]) * Math.sign(y[i] - y[j]);
      s += a;
      tx += x[i] !== x[j];
      ty += y[i] !== y[j];
    }
  return s / Math.sqrt(tx) / Math.sqrt(ty);
}
let seed = 1;
const rnd = () => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return seed / 2147483648;
};
for (const n of [78, 156, 469])
  for (const [mf, ms, md] of [
    [1.0, 3, Infinity],
    [0.7, 3, Infinity],
    [0.7, 1, Infinity],
    [0.5, 3, Infinity],
    [0.5, 1, Infinity],
    [0.35, 1, Infinity],
  ]) {
    const ts = [];
    let ft = 0,
      pt = 0;
    for (let s = 0; s < 3; s++) {
      seed = s + 1;
      const idx = [...X.keys()]
        .map((i) => [rnd(), i])
        .sort((a, b) => a[0] - b[0])
        .slice(0, n)
        .map((a) => a[1]);
      const rf = new RandomForestRegression({
        nEstimators: 120,
        maxFeatures: mf,
        replacement: false,
        seed: s + 1,
        noOOB: true,
        useSampleBagging: true,
        treeOptions: { minNumSamples: ms, maxDepth: md },
      });
      let t = performance.now();
      rf.train(
        idx.map((i) => X[i]),
        idx.map((i) => V[i]),
      );
      ft += performance.now() - t;
      t = performance.now();
      const p = rf.predict(X);
      pt += performance.now() - t;
      ts.push(tau(p, Y));
    }
    console.log(
      n,
      mf,
      ms,
      ts.map((t) => t.toFixed(3)).join(' '),
      'fit',
      (ft / 3) | 0,
      'pred',
      (pt / 3) | 0,
    );
  }
