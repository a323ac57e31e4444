/** @file What the largest network learns from: hard labels, smoothed. */

/** p[n,k] = (1 − ε)·[k = label n] + ε/K. Shapes: labels [N] → [N·K], row-major. */
export function smoothedLabels(
  labels: Uint8Array,
  classes: number,
  labelSmoothing: number,
): Float32Array {
  const targets = new Float32Array(labels.length * classes).fill(labelSmoothing / classes);
  labels.forEach((label, n) => {
    const at = n * classes + label;
    targets[at] = (targets[at] as number) + 1 - labelSmoothing;
  });
  return targets;
}
