// What the nodes and the Sentinels of a RedisReplication say, as JSON. Arguments: the name of the master, then `host:port` of each node, a `-`, and of each
// Sentinel. One that does not answer within a second says nothing.
const { Redis } = require('ioredis');
const tls = require('./writer-tls');

// They are asked at addresses, which no certificate has.
const ADDRESSED = tls({ checkServerIdentity: () => undefined });

async function ask(address, question) {
  const [host, port] = address.split(':');
  const { REDIS_USERNAME: username, REDIS_PASSWORD: password } = process.env;
  const client = new Redis({ host, port: Number(port), username, password, lazyConnect: true, connectTimeout: 1000, commandTimeout: 1000, retryStrategy: null, tls: ADDRESSED });
  client.on('error', () => {});
  try {
    return await question(client);
  } catch {
    return null;
  } finally {
    client.disconnect();
  }
}

const fields = (list) => Object.fromEntries(list.flatMap((value, index) => (index % 2 ? [] : [[value, list[index + 1]]])));

async function main([master, ...addresses]) {
  const at = addresses.indexOf('-');
  const nodes = addresses.slice(0, at).map((address) => ask(address, (client) => client.info('replication')));
  const sentinels = addresses.slice(at + 1).map((address) => ask(address, async (client) => ({
    master: fields(await client.call('SENTINEL', 'MASTER', master)),
    replicas: (await client.call('SENTINEL', 'REPLICAS', master)).map(fields),
    sentinels: (await client.call('SENTINEL', 'SENTINELS', master)).map(fields),
  })));
  console.log(JSON.stringify({ nodes: await Promise.all(nodes), sentinels: await Promise.all(sentinels) }));
}

main(process.argv.slice(2));
