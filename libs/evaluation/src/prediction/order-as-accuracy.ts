/** @file An accuracy for predictors that only give an order. */

/** Steepness where the labels say that more is worse, or nothing: the order itself is kept. */
const least = 1e-6;

/**
 * accuracy = a + b·q by least squares over the labelled, q ∈ [0, 1] the place in the order; b ≥ 10⁻⁶, so that the predicted
 * accuracies are in the order that was given. @returns the map from q
 */
export function orderAsAccuracy(
  places: ArrayLike<number>,
  labels: ArrayLike<number>,
): (place: number) => number {
  const n = places.length;
  let [sumX, sumY, sumXX, sumXY] = [0, 0, 0, 0];
  for (let at = 0; at < n; at++) {
    const [x, y] = [places[at] as number, labels[at] as number];
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumXY += x * y;
  }
  const spread = sumXX - (sumX * sumX) / n;
  const slope = spread > 0 ? Math.max(least, (sumXY - (sumX * sumY) / n) / spread) : least;
  return (place) => sumY / n + slope * (place - sumX / n);
}
