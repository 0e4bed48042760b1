import { Duration } from 'cdk8s';
import type { RedisTlsOptions } from './tls';
import type { IssuePlan } from '../node/certificate';
import { referenceProblems } from '../node/names';
import { choiceProblems, isA, quote } from '../node/problems';

/** What kind of issuer cert-manager knows by a name. */
export enum RedisIssuerKind {
  /** One in the namespace of the Redis. */
  ISSUER = 'Issuer',
  /** One for all namespaces. */
  CLUSTER_ISSUER = 'ClusterIssuer',
}

/** Who issues a certificate, and for how long. */
export interface RedisCertManagerOptions extends RedisTlsOptions {
  /**
   * Name of the issuer. It must be one that signs for private names and gives its own certificate in `ca.crt`, such as a CA or Vault. ACME does neither.
   */
  readonly issuer: string;

  /**
   * Where the issuer is.
   *
   * @default RedisIssuerKind.ISSUER
   */
  readonly issuerKind?: RedisIssuerKind;

  /**
   * How long a certificate is valid. At least an hour.
   *
   * @default Duration.days(90)
   */
  readonly duration?: Duration;

  /**
   * How long before its end there is another one. At least 5 minutes, and less than `duration`.
   *
   * @default - a third of `duration`
   */
  readonly renewBefore?: Duration;
}

/** A certificate's life unless told otherwise, and the least, in minutes. */
const USUAL_MINUTES = 90 * 24 * 60;
const LEAST_MINUTES = 60;
const LEAST_RENEWAL_MINUTES = 5;

/** What is wrong with them. */
export function issuerProblems({ issuer, issuerKind, duration, renewBefore }: RedisCertManagerOptions): string[] {
  const wrong = [['duration', duration], ['renewBefore', renewBefore]].filter(([, value]) => value !== undefined && !isA(Duration, value));
  if (wrong.length > 0) return wrong.map(([property, value]) => `'tls.${property}' is ${quote(value)}: it takes a Duration, such as Duration.days(90)`);
  const minutes = duration?.toMinutes({ integral: false }) ?? USUAL_MINUTES;
  const before = renewBefore?.toMinutes({ integral: false });
  return [
    ...referenceProblems('tls.issuer', issuer),
    ...choiceProblems('tls.issuerKind', issuerKind, Object.values(RedisIssuerKind)),
    ...(minutes < LEAST_MINUTES ? [`'tls.duration' is ${minutes} minutes: it takes an hour or more`] : []),
    ...(before !== undefined && (before < LEAST_RENEWAL_MINUTES || before >= minutes)
      ? [`'tls.renewBefore' is ${before} minutes: it takes 5 minutes or more, and less than 'duration', which is ${minutes} minutes`] : []),
  ];
}

/** The certificate that goes into a Secret. */
export function issuePlan({ issuer, issuerKind = RedisIssuerKind.ISSUER, duration, renewBefore }: RedisCertManagerOptions, secretName: string): IssuePlan {
  const minutes = duration?.toMinutes({ integral: false }) ?? USUAL_MINUTES;
  return {
    issuer: { name: issuer, kind: issuerKind },
    secretName,
    minutes: Math.floor(minutes),
    renewBeforeMinutes: Math.floor(renewBefore?.toMinutes({ integral: false }) ?? minutes / 3),
  };
}
