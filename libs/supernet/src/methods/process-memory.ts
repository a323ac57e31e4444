/** @file What a process that trains takes beside its sessions. */

/** Node, ONNX Runtime and the data set's readers before the first session, and what waits for the garbage collector. */
export const processBytes = 192 * 2 ** 20;

export const vectorBytes = (numbers: number): number => Float32Array.BYTES_PER_ELEMENT * numbers;
