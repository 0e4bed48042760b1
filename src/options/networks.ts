import { isIP } from 'net';
import { listProblems, quote } from '../node/problems';

/** What is wrong with a list of networks, such as `203.0.113.0/24`. */
export function networkProblems(property: string, networks: readonly string[]): string[] {
  if (!Array.isArray(networks)) return listProblems(property, networks, '[\'203.0.113.0/24\']');
  return networks.filter((network) => !isNetwork(network)).map((network) => `${quote(property)} has ${quote(network)}: it takes networks such as '203.0.113.0/24'`);
}

/** Node takes zones of addresses (`fe80::1%eth0`), which are no part of a network. */
function isNetwork(network: unknown): boolean {
  if (typeof network !== 'string' || !/^[0-9A-Fa-f:.]+\/(0|[1-9]\d{0,2})$/.test(network)) return false;
  const [address, length] = network.split('/');
  const version = isIP(address);
  return version !== 0 && Number(length) <= (version === 4 ? 32 : 128);
}
