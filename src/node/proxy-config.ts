/** What the proxy's configuration is made from. */
export interface ProxyConfig {
  readonly nodes: readonly string[];
  readonly sentinels: readonly string[];
  /** What the Sentinels call the master. */
  readonly master: string;
  /** Kibibytes of memory for a proxy. */
  readonly memory: number;
  readonly ports: { readonly write: number; readonly read: number; readonly health: number };
  /** Where the files of the certificate are, where nodes and Sentinels speak TLS. Clients bring their own: what they say is only passed on. */
  readonly certificates?: string;
}

/** What HAProxy holds of a connection in each direction, while somebody does not take it: https://docs.haproxy.org/3.0/configuration.html#tune.bufsize */
const BUFFER_KIBIBYTES = 16;

const NODE_PORT = 6379;
const SENTINEL_PORT = 26379;

/**
 * haproxy.cfg. A node is the master if it says so and has loaded its data. Should two say so, as after a host was cut off, it is the one that
 * most Sentinels name. PROXY_DOMAIN and PROXY_BIND come from proxy-start.sh.
 */
export function proxyConfig({ nodes, sentinels, master, memory, ports, certificates }: ProxyConfig): string {
  // A user that may do nothing else and has no password: whatever it says is right.
  const check = (...lines: string[]) => ['option tcp-check', certificates ? 'tcp-check connect default' : 'tcp-check connect', 'tcp-check send "AUTH proxy none\\r\\n"', 'tcp-check expect string +OK', ...lines];
  // Who hangs up has said all: an answer that does not match is known at once. A Sentinel knows no QUIT.
  const ask = (question: string, pattern: string) => [`tcp-check send "${question}\\r\\nQUIT\\r\\n"`, `tcp-check expect ${pattern}`];
  const loaded = ['tcp-check send "PING\\r\\n"', 'tcp-check expect rstring "^(\\\\+PONG|-MISCONF)"'];
  const servers = (names: readonly string[], port: number) => names.map((name) => `server ${name} "${name}.\${PROXY_DOMAIN}:${port}"`);
  const most = Math.floor(sentinels.length / 2) + 1;
  const named = (node: string) => `named-${node}`;
  return [
    ...section('global', [
      'log stdout format raw local0 notice',
      '# About 10000 clients, as many as Redis takes.',
      'fd-hard-limit 20000',
      '# Half of the memory. Clients that read slowly would take all of it, and end the proxy for everybody.',
      `tune.buffers.limit ${Math.floor(memory / 2 / BUFFER_KIBIBYTES)}`,
      'hard-stop-after 20s',
    ]),
    ...section('resolvers cluster', ['parse-resolv-conf',
      '# The address of a Service does not move: the last one is right while the name service is silent.',
      'hold valid 5s', 'hold obsolete 60s', 'hold nx 7d', 'hold timeout 7d', 'hold refused 7d', 'hold other 7d']),
    ...section('defaults', [
      'log global',
      'mode tcp',
      'option dontlognull',
      'option tcpka',
      '# A client that is turned away tries again at once, and is led to who is the master then. A retry here would wait for a second.',
      'retries 0',
      'timeout connect 1s',
      '# For no answer at all: a slow command may be running. An answer that is not the right one counts at once.',
      'timeout check 4s',
      '# Clients decide how long they are silent; dead ones are found by the kernel.',
      'timeout client 7d',
      'timeout server 7d',
      'default-server check inter 500ms fastinter 250ms downinter 250ms fall 2 rise 1 init-addr none resolvers cluster',
      ...(certificates ? [`default-server check-ssl verify required ca-file ${certificates}/ca.crt crt ${certificates}/tls.crt`] : []),
    ]),
    ...section('frontend write', [`bind "\${PROXY_BIND}:${ports.write}" v4v6`, 'default_backend master']),
    ...section('frontend read', [
      `bind "\${PROXY_BIND}:${ports.read}" v4v6`,
      '# The master too, while there is nobody else.',
      'use_backend replicas if { nbsrv(replicas) ge 1 }',
      'default_backend master',
    ]),
    ...section('frontend health', [
      `bind "\${PROXY_BIND}:${ports.health}" v4v6`,
      'mode http',
      'timeout client 5s',
      'acl ready path /ready',
      'http-request return status 503 content-type text/plain string "no master is known" if ready { nbsrv(master) lt 1 }',
      'http-request return status 200 content-type text/plain string "ok"',
    ]),
    ...section('backend master', [
      ...check(...loaded, ...ask('ROLE', 'string "master\\r\\n"')),
      'balance first',
      'default-server on-marked-down shutdown-sessions',
      ...nodes.map((node) => `use-server ${node} if { nbsrv(${named(node)}) ge ${most} }`),
      ...servers(nodes, NODE_PORT),
    ]),
    ...section('backend replicas', [
      ...check(...loaded, ...ask('ROLE', 'string "connected\\r\\n"')),
      'balance leastconn',
      'default-server on-marked-down shutdown-sessions',
      ...servers(nodes, NODE_PORT),
    ]),
    ...nodes.flatMap((node) => section(`backend ${named(node)}`, [
      'timeout check 1s',
      ...check(`tcp-check send "SENTINEL GET-MASTER-ADDR-BY-NAME ${master}\\r\\n"`, `tcp-check expect string "${node}.\${REPLICATION_DOMAIN}"`),
      'default-server inter 1s fastinter 1s downinter 1s',
      ...servers(sentinels, SENTINEL_PORT),
    ])),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return [title, ...lines.map((line) => `  ${line}`), ''];
}
