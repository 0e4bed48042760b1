const PERSISTENCE = ['appendonly', 'appendfsync', 'save', 'dir', 'appendfilename', 'appenddirname', 'dbfilename', 'shutdown-on-sigterm'];
const AUTH = ['requirepass', 'masterauth', 'masteruser', 'aclfile', 'user'];
const TLS = [
  'tls-port', 'tls-cert-file', 'tls-key-file', 'tls-key-file-pass', 'tls-client-cert-file', 'tls-client-key-file', 'tls-client-key-file-pass', 'tls-dh-params-file',
  'tls-ca-cert-file', 'tls-ca-cert-dir', 'tls-auth-clients', 'tls-auth-clients-user', 'tls-replication', 'tls-cluster',
];
const REPLICATION = ['replicaof', 'replica-announce-ip', 'replica-announce-port'];

const FIXED: { readonly [directive: string]: string } = {
  'port': 'it is fixed, because the Service, the probes and the scripts count on it',
  'bind': 'it is fixed, because a pod is reached at an address that nobody knows before it runs',
  'protected-mode': 'it is fixed, because with it no other pod could connect',
  'unixsocket': 'it is fixed, because nothing outside of the container could use a socket file',
  'unixsocketperm': 'it is fixed, because nothing outside of the container could use a socket file',
  'daemonize': 'it is fixed, because in a container Redis must stay in the foreground',
  'supervised': 'it is fixed, because Kubernetes supervises the container',
  'pidfile': 'it is fixed, because Kubernetes knows the process of a container without it',
  'logfile': 'it is fixed, because a container logs to its output',
  'syslog-enabled': 'it is fixed, because a container logs to its output',
  'syslog-facility': 'it is fixed, because a container logs to its output',
  'syslog-ident': 'it is fixed, because a container logs to its output',
  'socket-mark-id': 'it is fixed, because it takes a privilege that the container does not have',
  'include': 'there is no other file beside redis.conf in the container: write its directives here',
  'loadmodule': 'nobody can check here whether the image has that module: use \'existingConfigMap\' with a redis.conf of your own',
  'replica-priority': 'it is fixed, because the scripts note in it who may take over from a master',
  'rename-command': 'the scripts need the commands under their names: forbid commands to a user by ACL instead',
};

/** Who says a directive in place of `config.extraDirectives`, as the end of a message. The typed properties of `config` come on top. */
export function ownerOf(directive: string): string | undefined {
  if (PERSISTENCE.includes(directive)) return 'use \'persistence\'';
  if (AUTH.includes(directive)) return 'use \'auth\'';
  if (REPLICATION.includes(directive)) return 'it belongs to RedisReplication';
  if (directive.startsWith('cluster-')) return 'it belongs to RedisCluster';
  if (TLS.includes(directive)) return 'use \'tls\'';
  return new Map(Object.entries(FIXED)).get(directive);
}
