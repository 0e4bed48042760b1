import { run } from './kit';

/** What the tests count on, and how a cluster gets it. */
const NEEDS = [
  { what: ['storageclass', 'longhorn'], how: 'install Longhorn, or make a StorageClass of that name with any provisioner' },
  { what: ['crd', 'recurringjobs.longhorn.io'], how: 'apply the custom resource definitions of Longhorn' },
];

/** Before the first test: is there a Kubernetes to test on? Without one every test would wait for its deadline. */
export default async function setup(): Promise<void> {
  process.env.SUMMARY ??= 'e2e';
  const nodes = await run('kubectl', ['get', 'nodes', '--request-timeout=20s', '-o', 'name']);
  if (nodes.code !== 0 || nodes.stdout === '') {
    throw new Error(`No Kubernetes to test on: \`kubectl get nodes\` failed. Point KUBECONFIG to a cluster.\n${lastLine(nodes.stderr)}`);
  }
  for (const { what, how } of NEEDS) {
    if ((await run('kubectl', ['get', ...what])).code !== 0) throw new Error(`The cluster has no ${what.join(' ')}: ${how}.`);
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').pop()!;
}
