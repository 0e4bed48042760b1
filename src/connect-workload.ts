import { Construct, IConstruct } from 'constructs';
import { accessOf } from './node/access';
import { Acl, aclOf, AclUser } from './node/acl';
import { addVariables, literal, SecretFiles, workloadObject } from './node/connect';
import { shortHash } from './node/hash';
import { referenceProblems } from './node/names';
import { quote, refuse } from './node/problems';
import { aclRightsProblems, aclUser, userNameProblems } from './options/acl';
import { secretKeyProblems } from './options/secret-key';
import { RedisClientCertificates, RedisTls } from './options/tls';
import { IRedis, RedisConnectOptions, RedisEndpoint } from './redis';

/** A Redis in no known namespace has a short name, which is known in its own namespace only. */
export function namespaceProblem(redis: IRedis, path: string, namespace?: string): string | undefined {
  const { endpoint: { host } } = redis;
  if (!Construct.isConstruct(redis) || host.includes('.') || namespace === undefined) return undefined;
  return `${quote(path)} is in the namespace ${quote(namespace)}, where the name ${quote(host)} leads nowhere: give the chart of ${quote(redis.node.path)} its namespace, `
    + 'so that the whole name is known';
}

/** Files of a workload's certificates: those of the authorities, and its own where it has one. */
function certificateFiles({ secretName }: RedisTls, as: string, { authoritySecret = secretName, clientCertificate }: RedisConnectOptions): SecretFiles {
  const slug = as.toLowerCase().replaceAll('_', '-');
  const plain = slug.length <= 40 && slug.replaceAll('-', '_').toUpperCase() === as;
  return {
    volume: `redis-tls-${plain ? slug : shortHash(as)}-files`,
    directory: `/redis-tls/${as}`,
    sources: [
      { secretName: authoritySecret!, files: ['ca.crt'] },
      ...(clientCertificate === undefined ? [] : [{ secretName: clientCertificate, files: ['tls.crt', 'tls.key'] }]),
    ],
  };
}

/** Secrets in the namespace of a workload, which only a Redis with TLS asks for. */
const TLS_OPTIONS = ['authoritySecret', 'clientCertificate'] as const;

function certificateProblems({ enabled, clientCertificates }: RedisTls, options: RedisConnectOptions): string[] {
  const given = TLS_OPTIONS.filter((name) => options[name] !== undefined);
  if (!enabled) return given.map((name) => `'${name}' is given, but the Redis has no TLS: leave it out, or give the Redis 'tls'`);
  const problems = given.flatMap((name) => referenceProblems(name, options[name]!));
  if (clientCertificates !== RedisClientCertificates.REQUIRED || given.includes('clientCertificate')) return problems;
  return [...problems, '\'clientCertificate\' is missing, and the Redis takes nobody without a certificate: give the name of a Secret with tls.crt and tls.key for the workload'];
}

/** What `connect` does, for every kind of Redis. */
export function connectWorkload(redis: IRedis, workload: IConstruct, options: RedisConnectOptions): void {
  const { as = 'REDIS', clientCertificate } = options;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(as)) {
    throw new Error(`'as' is ${quote(as)}: it takes the beginning of a variable's name, made of letters, digits and '_', the first no digit`);
  }
  const { endpoint: { host, port, url }, readEndpoint, nodeEndpoints, sentinelEndpoints, sentinelMaster, tls } = redis;
  const list = (endpoints: readonly RedisEndpoint[]) => endpoints.map(({ address }) => address).join();
  const object = workloadObject(workload);
  const problem = namespaceProblem(redis, object.node.path, object.metadata.namespace);
  if (problem) throw new Error(problem);
  const [trouble] = certificateProblems(tls, options);
  if (trouble) throw new Error(`${quote(object.node.path)} cannot be connected: ${trouble}`);
  const files = tls.enabled ? certificateFiles(tls, as, options) : undefined;
  const login = loginOf(redis, object.name, options);
  addVariables(object, [
    { name: `${as}_HOST`, value: host },
    { name: `${as}_PORT`, value: String(port) },
    { name: `${as}_URL`, value: url },
    { name: `${as}_NODES`, value: list(nodeEndpoints) },
    ...(readEndpoint === undefined ? [] : [
      { name: `${as}_READ_HOST`, value: readEndpoint.host },
      { name: `${as}_READ_PORT`, value: String(readEndpoint.port) },
      { name: `${as}_READ_URL`, value: readEndpoint.url },
    ]),
    ...(sentinelEndpoints === undefined ? [] : [
      { name: `${as}_SENTINELS`, value: list(sentinelEndpoints) },
      { name: `${as}_SENTINEL_MASTER`, value: sentinelMaster! },
    ]),
    ...(login?.user === undefined ? [] : [{ name: `${as}_USERNAME`, value: literal(login.user) }]),
    ...(login === undefined ? [] : [{ name: `${as}_PASSWORD`, valueFrom: { secretKeyRef: { name: login.secretName, key: login.key } } }]),
    ...(files === undefined ? [] : [{ name: `${as}_TLS`, value: 'true' }, { name: `${as}_CA_FILE`, value: `${files.directory}/ca.crt` }]),
    ...(files === undefined || clientCertificate === undefined ? [] : [
      { name: `${as}_CERT_FILE`, value: `${files.directory}/tls.crt` },
      { name: `${as}_KEY_FILE`, value: `${files.directory}/tls.key` },
    ]),
  ], files && [files]);
  if (login?.added) aclOf(redis)!.add(login.added);
  accessOf(redis)?.connect(object);
}

/** As whom a workload comes. */
interface Login {
  readonly user?: string;
  readonly secretName: string;
  readonly key: string;
  /** The user, where the Redis does not have it yet. */
  readonly added?: AclUser;
}

/** As whom a workload comes, or nothing where everybody may come. */
function loginOf(redis: IRedis, workload: string, options: RedisConnectOptions): Login | undefined {
  const { auth: { secretName, secretKey }, username } = redis;
  const acl = aclOf(redis);
  const given = LOGIN_OPTIONS.find((name) => options[name] !== undefined);
  if (acl && (given === undefined || given === 'user')) {
    const { name, secretName: secret, key } = chosenUser(acl, options);
    return { user: name, secretName: secret, key };
  }
  if (acl) {
    const added = newUser(acl, workload, options, redis.tls.secretName);
    return { user: added.name, secretName: added.secretName, key: added.key, added };
  }
  if (given !== undefined && !Construct.isConstruct(redis) && !(given === 'user' && options.user === username)) {
    throw new Error(`'${given}' is ${quote(options[given])}, but the Redis exists already, with users of its own: leave it out, and name its user in 'username' of Redis.fromAttributes`);
  }
  if (given !== undefined && Construct.isConstruct(redis)) {
    throw new Error(`'${given}' is ${quote(options[given])}, but the Redis has no users: leave it out, or give the Redis 'auth: RedisAuth.acl({ internalSecret })'`);
  }
  return secretName === undefined ? undefined : { user: username, secretName, key: secretKey! };
}

const LOGIN_OPTIONS = ['passwordSecret', 'keys', 'readKeys', 'channels', 'commands', 'user'] as const;

/** The user that is made for a workload. */
function newUser(acl: Acl, workload: string, { user: name = workload, passwordSecret, ...rights }: RedisConnectOptions, tlsSecret?: string): AclUser {
  const problems = userNameProblems('user', name, acl.users.map((each) => each.name));
  const usual = { secretName: `${acl.name}-${name}`, key: 'password' };
  refuse('connect', workload, [
    ...problems,
    ...(passwordSecret !== undefined ? secretKeyProblems('passwordSecret', passwordSecret) : []),
    ...(passwordSecret === undefined && problems.length === 0 ? usualSecretProblems(usual.secretName, [acl.internalSecret, tlsSecret]) : []),
    ...aclRightsProblems('', rights, acl.version),
  ]);
  return aclUser({ name, passwordSecret: passwordSecret ?? usual, ...rights }, acl.kind);
}

/** What is wrong with the Secret that the password of a user is in unless told otherwise. Those of the Redis itself hold more than an application may see. */
function usualSecretProblems(secretName: string, others: ReadonlyArray<string | undefined>): string[] {
  const said = `'passwordSecret' is missing, and ${quote(secretName)}, the names of the Redis and of the user,`;
  const instead = 'give it, { secretName, key }, or another \'user\'';
  if (others.includes(secretName)) return [`${said} is a Secret of the Redis itself: ${instead}`];
  return referenceProblems('passwordSecret', secretName).map(() => `${said} cannot be the name of a Secret, which is made of lower case letters, digits, '-' and '.': ${instead}`);
}

function chosenUser({ users, usual }: Acl, { user }: RedisConnectOptions): AclUser {
  const names = users.map(({ name }) => quote(name)).join(', ');
  if (user === undefined && usual) return usual;
  if (user === undefined) {
    throw new Error(users.length === 0 ? 'the Redis has no user for applications: give RedisAuth.acl one in \'users\', or make one with { keys }'
      : `it is not known as whom the workload comes: say it with { user }, one of ${names}`);
  }
  const found = users.find(({ name }) => name === user);
  if (!found) throw new Error(`'user' is ${quote(user)}, but the Redis has ${names === '' ? 'no users' : `the users ${names}`}: take one of them, give it in 'users' of RedisAuth.acl, or have it made with { user, keys }`);
  return found;
}
