export {
  migrateQueue,
  queueConnection,
  type QueueConfig,
  type QueueConnection,
} from './connection';
export { BullMqJobProducer, jobIdOf, type JobProducer, type SearchJob } from './job-producer';
export { OutboxRelay, type RelayOptions } from './outbox-relay';
export { BullMqTaskProducer, taskJobId, type TaskProducer } from './task-producer';
export { TaskRelay } from './task-relay';
