/** A vulnerability of Redis that everybody can read about. */
export interface KnownHole {
  /** The name by which it is accepted. `https://www.cve.org/CVERecord?id=<name>` tells more. */
  readonly name: string;
  /** As its CVE record rates it. */
  readonly severity: 'critical' | 'high' | 'medium';
  /** What it lets somebody do. */
  readonly meaning: string;
  /** The first version that has it, where that is not 8.0.0. */
  readonly since?: string;
  /** The first version of each minor line without it, the oldest first. Newer lines never had it. */
  readonly fixedIn: readonly string[];
}

/**
 * Listed is what its CVE record rates high or critical, or by which a client can run code, act as somebody else or read memory out of bounds.
 * What concerns only the modules of the official image is not: pods start `redis-server` without them. (CVE-2026-25588, CVE-2026-25589, CVE-2026-62356)
 * Neither is what no supported version has: CVE-2025-21605 was closed before 8.0.0, and CVE-2025-27151 is in a tool that no pod runs.
 *
 * The versions are those of the release notes, https://redis.io/docs/latest/operate/oss_and_stack/stack-with-enterprise/release-notes/redisce/. The
 * line 8.0 gets no fixes since 2026-05: https://github.com/docker-library/official-images/pull/21400
 */
export const HOLES: readonly KnownHole[] = [
  // https://github.com/redis/redis/security/advisories/GHSA-rp2m-q4j6-gr43
  {
    name: 'CVE-2025-32023', severity: 'high', fixedIn: ['8.0.3'],
    meaning: 'a client can write out of bounds with commands of HyperLogLog, and perhaps run code',
  },
  // https://github.com/redis/redis/security/advisories/GHSA-m8fj-85cg-7vhp
  {
    name: 'CVE-2025-46817', severity: 'high', fixedIn: ['8.0.4', '8.2.2'],
    meaning: 'a client can make a number overflow with a Lua script, and perhaps run code',
  },
  // https://github.com/redis/redis/security/advisories/GHSA-qrv7-wcrx-q5jp
  {
    name: 'CVE-2025-46818', severity: 'medium', fixedIn: ['8.0.4', '8.2.2'],
    meaning: 'a client can make its Lua code run as another user',
  },
  // https://github.com/redis/redis/security/advisories/GHSA-4c68-q8q8-3g4f
  {
    name: 'CVE-2025-46819', severity: 'medium', fixedIn: ['8.0.4', '8.2.2'],
    meaning: 'a client can read memory out of bounds with a Lua script, or crash the server',
  },
  // https://github.com/redis/redis/security/advisories/GHSA-4q32-c38c-pwgq
  {
    name: 'CVE-2025-48367', severity: 'high', fixedIn: ['8.0.3'],
    meaning: 'anybody who can connect can keep all clients out, without a password',
  },
  // "RediShell": https://github.com/redis/redis/security/advisories/GHSA-4789-qfc9-5f9q
  {
    name: 'CVE-2025-49844', severity: 'critical', fixedIn: ['8.0.4', '8.2.2'],
    meaning: 'a client can use freed memory with a Lua script, and perhaps run code',
  },
  // https://github.com/redis/redis/security/advisories/GHSA-jhjx-x4cf-4vm8
  {
    name: 'CVE-2025-62507', severity: 'high', since: '8.2.0', fixedIn: ['8.2.3'],
    meaning: 'a client can overflow the stack with XACKDEL, and perhaps run code',
  },
  // https://github.com/redis/redis/security/advisories/GHSA-93m2-935m-8rj3
  {
    name: 'CVE-2026-23479', severity: 'high', fixedIn: ['8.2.6', '8.4.3', '8.6.3'],
    meaning: 'a client can use freed memory where a blocked client is evicted, and perhaps run code',
  },
  // https://github.com/redis/redis/security/advisories/GHSA-8ghh-qpmp-7826
  {
    name: 'CVE-2026-23631', severity: 'medium', fixedIn: ['8.2.6', '8.4.3', '8.6.3'],
    meaning: 'a client can use freed memory with a Lua script on a replica that takes writes, and perhaps run code',
  },
  // https://github.com/redis/redis/security/advisories/GHSA-c8h9-259x-jff4
  {
    name: 'CVE-2026-25243', severity: 'high', fixedIn: ['8.2.6', '8.4.3', '8.6.3'],
    meaning: 'a client can corrupt memory with RESTORE, and perhaps run code',
  },
  // The release notes do not name it; they describe the same: consumers of a stream that share an entry after RESTORE.
  // https://github.com/docker-library/official-images/pull/21922 and https://www.cve.org/CVERecord?id=CVE-2026-66373
  {
    name: 'CVE-2026-66373', severity: 'high', fixedIn: ['8.2.8', '8.4.5', '8.6.5'],
    meaning: 'a client can free memory twice with RESTORE of a stream, and run code',
  },
  // https://github.com/cisagov/CSAF/blob/develop/csaf_files/IT/white/2026/va-26-239-01.json
  {
    name: 'CVE-2026-81934', severity: 'critical', fixedIn: ['8.2.9', '8.4.6', '8.6.6', '8.8.2', '8.10.1'],
    meaning: 'where TLS is on, anybody who can connect can use freed memory, and perhaps run code, without a password',
  },
];

/** The holes that a version is known to have, in the order of their names. None for what is no whole version. */
export function knownHoles(version: string): KnownHole[] {
  return /^\d+\.\d+\.\d+$/.test(version) ? HOLES.filter((hole) => has(version, hole)) : [];
}

/** The next version in which a hole is closed: one of the same line, if there is any. */
export function fixFor(version: string, { fixedIn }: KnownHole): string {
  return fixedIn.find((fix) => older(version, fix))!;
}

/** The next version without any known hole. */
export function versionWithoutHoles(version: string): string {
  const fixes = knownHoles(version).map((hole) => fixFor(version, hole));
  // Another line may have holes that this one has not.
  return fixes.length === 0 ? version : versionWithoutHoles(fixes.reduce((newest, fix) => (older(newest, fix) ? fix : newest)));
}

function has(version: string, { since, fixedIn }: KnownHole): boolean {
  if (since !== undefined && older(version, since)) return false;
  const fixOfLine = fixedIn.find((fix) => lineOf(fix) === lineOf(version));
  return older(version, fixOfLine ?? fixedIn[fixedIn.length - 1]);
}

/** The minor version that a patch belongs to: `8.6`. */
export function lineOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

function older(version: string, than: string): boolean {
  const [parts, others] = [version, than].map((each) => each.split('.').map(Number));
  const different = parts.findIndex((part, index) => part !== others[index]);
  return different !== -1 && parts[different] < others[different];
}
