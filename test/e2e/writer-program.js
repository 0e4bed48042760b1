// A client that writes all the time, and afterwards reads back every write that was acknowledged. Runs in a pod that a Redis is connected to.
// BETWEEN: milliseconds between two writes, 2 by default. MAY_FAIL: set where no write may be possible at the end. Arguments: `cluster` for a RedisCluster, `server` for the Service of a master or `sentinel`
// for the master that Sentinels name; the beginning of the names of its files and keys; then the slots of each shard, such as 0-5460. Files: `.writing`
// when every shard has acknowledged a write, `.stop` from who wants the report, and `.json`, the report.
const fs = require('fs');
const { monitorEventLoopDelay } = require('perf_hooks');
const calculateSlot = require('cluster-key-slot');
const { Cluster, Redis } = require('ioredis');
const tls = require('./writer-tls');

const [mode, name, ...ranges] = process.argv.slice(2);
const file = (kind) => `/tmp/${name}.${kind}`;

/** What ioredis must be told to come through everything that happens to a cluster. The rest of its defaults are good. */
const CLUSTER_OPTIONS = {
  // Names are looked up when connecting. By default all are looked up first, and one pod without an address (it is being replaced) fails all.
  dnsLookup: (host, callback) => callback(null, host),
  // When every connection is gone, begin again with the names, forever.
  clusterRetryStrategy: () => 100,
  // A command whose connection breaks goes to another node after this time.
  retryDelayOnFailover: 50,
  retryDelayOnClusterDown: 50,
  // How often it does so, twice for each try: for the time that the cluster takes to replace a master, where the default of 16 gives up after a second.
  maxRedirections: 1000,
  // The node that is asked for the slots may be on a host that is gone: ask the next one soon.
  slotsRefreshTimeout: 500,
  redisOptions: {
    username: process.env.REDIS_USERNAME,
    password: process.env.REDIS_PASSWORD,
    // A host that is gone refuses no connection, it just does not answer. The default of 10 seconds adds to each pause.
    connectTimeout: 1000,
    // Nor does it close a connection: the kernel would give up after 15 minutes. Commands that wait for other clients (BLPOP) need a client of their own.
    socketTimeout: 2000,
    tls: tls(),
  },
};

/** The same for one server, by whatever way it is found. */
const SERVER_OPTIONS = {
  username: process.env.REDIS_USERNAME,
  password: process.env.REDIS_PASSWORD,
  sentinelUsername: process.env.REDIS_USERNAME,
  sentinelPassword: process.env.REDIS_PASSWORD,
  tls: tls(),
  sentinelTLS: tls(),
  enableTLSForSentinelMode: tls() !== undefined,
  connectTimeout: 1000,
  socketTimeout: 2000,
  retryStrategy: () => 50,
  sentinelRetryStrategy: () => 100,
  // A former master says READONLY where it still answers: look for the new one, and send the command there.
  reconnectOnError: (error) => (error.message.startsWith('READONLY') && !process.env.MAY_FAIL ? 2 : false),
  maxRetriesPerRequest: null,
};

const TAGS = 4;
/** Milliseconds between two writes of a shard. */
const BETWEEN = Number(process.env.BETWEEN ?? 2);
/** Milliseconds after which nobody answers a command any more; longer than what ioredis itself tries to get through. */
const OVERDUE = 60_000;
/** Keys that are read back at once. */
const BATCH = 200;

/** Hash tags of each shard, in slots that differ. */
function tagsOf(range) {
  const [first, last] = range.split('-').map(Number);
  const tags = [];
  for (let number = 0; tags.length < TAGS; number++) {
    const slot = calculateSlot(`{${number}}`);
    if (slot >= first && slot <= last) tags.push(number);
  }
  return tags;
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const endpoints = (list) => list.split(',').map((address) => {
  const [host, port] = address.split(':');
  return { host, port: Number(port) };
});

const CLIENTS = {
  cluster: ({ REDIS_NODES }) => new Cluster(endpoints(REDIS_NODES), CLUSTER_OPTIONS),
  server: ({ REDIS_HOST, REDIS_PORT }) => new Redis({ ...SERVER_OPTIONS, host: REDIS_HOST, port: Number(REDIS_PORT) }),
  sentinel: ({ REDIS_SENTINELS, REDIS_SENTINEL_MASTER }) => new Redis({ ...SERVER_OPTIONS, sentinels: endpoints(REDIS_SENTINELS), name: REDIS_SENTINEL_MASTER }),
};
const client = CLIENTS[mode](process.env);
// What is wrong with a connection shows in the commands; without a listener it would end the process.
client.on('error', () => {});

const shards = ranges.map((range) => ({ tags: tagsOf(range), times: [] }));
const errors = {};
let stopping = false;

/** An answer, or an error where it is long overdue: ioredis sometimes forgets a command when all nodes go at once, and it is never settled. */
function answered(promise) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('never answered')), OVERDUE); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Tries until there is an answer: the outcome of one that fails is not known, and writing the same again does no harm. */
async function insist(command) {
  for (;;) {
    try {
      return await answered(command());
    } catch (error) {
      const what = error.message.replace(/[0-9.:]+/g, '#');
      errors[what] = (errors[what] ?? 0) + 1;
      if (stopping && process.env.MAY_FAIL) return undefined;
      await sleep(20);
    }
  }
}

const key = ({ tags }, count) => `${name}:${count}:{${tags[count % tags.length]}}`;

/** New keys one after the other, each when the one before is acknowledged. */
async function write(shard) {
  for (let count = 0; !stopping; count++) {
    if (await insist(() => client.set(key(shard, count), count)) !== 'OK') return;
    shard.times.push(Date.now());
    await sleep(BETWEEN);
  }
}

/** The longest times without an acknowledged write, the longest first. */
function pauses({ times }) {
  return times.slice(1)
    .map((at, index) => ({ at: times[index], ms: at - times[index] }))
    .sort((one, other) => other.ms - one.ms)
    .slice(0, 200);
}

async function lost(shard) {
  const missing = [];
  for (let start = 0; start < shard.times.length; start += BATCH) {
    const times = shard.times.slice(start, start + BATCH);
    const values = await Promise.all(times.map((_, index) => insist(() => client.get(key(shard, start + index)))));
    values.forEach((value, index) => {
      if (value !== String(start + index)) missing.push({ key: key(shard, start + index), at: times[index] });
    });
  }
  return missing;
}

function publish(kind, text) {
  fs.writeFileSync(file('new'), text);
  fs.renameSync(file('new'), file(kind));
}

async function main() {
  // When the machine holds up this process, that is no pause of Redis.
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const started = Date.now();
  const writing = Promise.all(shards.map(write));
  const watch = setInterval(() => {
    if (shards.every(({ times }) => times.length > 0) && !fs.existsSync(file('writing'))) publish('writing', '');
    stopping = fs.existsSync(file('stop'));
  }, 50);
  await writing;
  clearInterval(watch);
  const heldUp = Math.round(delay.max / 1e6);
  const report = [];
  for (const shard of shards) {
    report.push({ written: shard.times.length, first: shard.times[0], last: shard.times[shard.times.length - 1], pauses: pauses(shard), lost: await lost(shard) });
  }
  publish('json', JSON.stringify({ started, heldUp, errors, shards: report }));
  client.disconnect();
}

main();
