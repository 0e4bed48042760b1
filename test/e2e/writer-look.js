// What nodes of a cluster say of it, as JSON. Arguments: their addresses. One that does not answer within a second says nothing.
const { Redis } = require('ioredis');
const tls = require('./writer-tls');

// Nodes are asked at their addresses, which no certificate has.
const ADDRESSED = tls({ checkServerIdentity: () => undefined });

async function look(host) {
  const { REDIS_PORT: port, REDIS_USERNAME: username, REDIS_PASSWORD: password } = process.env;
  const node = new Redis({ host, port: Number(port), username, password, lazyConnect: true, connectTimeout: 1000, commandTimeout: 1000, retryStrategy: null, tls: ADDRESSED });
  node.on('error', () => {});
  try {
    const [nodes, info, replication] = await Promise.all([node.cluster('NODES'), node.cluster('INFO'), node.info('replication')]);
    return { nodes, info, replication };
  } catch {
    return null;
  } finally {
    node.disconnect();
  }
}

Promise.all(process.argv.slice(2).map(look)).then((views) => console.log(JSON.stringify(views)));
