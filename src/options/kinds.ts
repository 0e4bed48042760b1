import { RedisAccess } from './access';
import { authProblems, RedisAuth } from './auth';
import type { RedisConfig } from './config';
import { RedisImage } from './image';
import { RedisMetrics } from './metrics';
import { RedisPersistence } from './persistence';
import type { RedisResources } from './resources';
import type { RedisScheduling } from './scheduling';
import { RedisTls, tlsKindProblems } from './tls';
import { classProblems, isA, structProblems } from '../node/problems';

/** Options that every Redis has. */
interface Kinds {
  readonly image?: RedisImage;
  readonly config?: RedisConfig;
  readonly persistence?: RedisPersistence;
  readonly auth?: RedisAuth;
  readonly tls?: RedisTls;
  readonly resources?: RedisResources;
  readonly scheduling?: RedisScheduling;
  readonly access?: RedisAccess;
  readonly metrics?: RedisMetrics;
}

/** Options of the wrong kind, from JavaScript. Nothing else can be said about them, so they are refused before anything is read of them. */
export function kindProblems({ image, config, persistence, auth, tls, resources, scheduling, access, metrics }: Kinds): string[] {
  return [
    ...classProblems('image', image, RedisImage, 'RedisImage.official(\'8.6.3\')'),
    ...structProblems('config', config),
    ...classProblems('persistence', persistence, RedisPersistence, 'RedisPersistence.aof()'),
    ...(auth === undefined || isA(RedisAuth, auth) ? [] : authProblems(auth)),
    ...tlsKindProblems(tls),
    ...structProblems('resources', resources),
    ...structProblems('scheduling', scheduling),
    ...classProblems('access', access, RedisAccess, 'RedisAccess.connected()'),
    ...classProblems('metrics', metrics, RedisMetrics, 'RedisMetrics.exporter()'),
  ];
}
