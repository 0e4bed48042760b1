import type { RedisConfig } from './config';
import { Directive } from '../node/contribution';

/** What holds where nodes copy each other, unless the user says otherwise. */
export function copyingDirectives({ replDisklessSyncDelay, replBacklogSize, replTimeout }: RedisConfig): Directive[] {
  return [
    { name: 'replica-ignore-disk-write-errors', value: 'yes', comment: 'a replica without space would crash; a master refuses writes then' },
    ...unlessGiven(replDisklessSyncDelay, { name: 'repl-diskless-sync-delay', value: '0', comment: 'a master has few replicas, and none should wait' }),
    ...unlessGiven(replBacklogSize, { name: 'repl-backlog-size', value: '64mb' }),
    ...unlessGiven(replTimeout, { name: 'repl-timeout', value: '30' }),
  ];
}

/** A default of ours, where the user gave nothing. */
export function unlessGiven(given: unknown, directive: Directive): Directive[] {
  return given === undefined ? [directive] : [];
}
