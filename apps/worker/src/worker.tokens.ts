/** @file Injection tokens of values that are not classes. */
export const CONFIG = Symbol('WorkerConfig');
export const LOGGER = Symbol('Logger');
export const RESOURCES = Symbol('Resources');
