import { Namespace, kubectl, run, waitFor, CLIENT_IMAGE } from './kit';

/** A claim that nobody on this cluster makes a volume for. */
export interface Claim {
  readonly namespace: Namespace;
  readonly name: string;
  readonly className: string;
  readonly size: string;
  /** A label that the volume's host must have. */
  readonly hostLabel: string;
}

/**
 * Gives a claim a directory of one host, as an administrator would by hand: a class of one's own names Longhorn's driver, and few test
 * clusters have that. Returns what takes the volume away again, or nothing where Longhorn is there and does its work.
 */
export async function standInVolume({ namespace, name, className, size, hostLabel }: Claim): Promise<(() => Promise<void>) | undefined> {
  if ((await run('kubectl', ['get', 'csidriver', 'driver.longhorn.io'])).code === 0) return undefined;
  const hosts = await kubectl(['get', 'nodes', '-l', hostLabel, '-o', 'jsonpath={.items[*].metadata.labels.kubernetes\\.io/hostname}']);
  const host = hosts.split(' ')[0];
  if (!host) throw new Error(`No host has the label ${hostLabel}, which the example asks for: kubectl label node <name> ${hostLabel}`);

  const volume = `${namespace.name}-${name}-e2e`;
  // A run that was cut off leaves its volume behind.
  await kubectl(['delete', 'pv', volume, '--ignore-not-found']);
  await onHost(host, `rm -rf /host/${volume} && mkdir -p /host/${volume}`);
  const object = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: volume },
    spec: {
      capacity: { storage: size },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: className,
      claimRef: { namespace: namespace.name, name },
      local: { path: `/var/tmp/${volume}` },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [host] }] }] },
      },
    },
  };
  await kubectl(['create', '-f', '-'], { input: JSON.stringify(object) });
  return async () => {
    await kubectl(['delete', 'pv', volume]);
    await onHost(host, `rm -rf /host/${volume}`);
  };
}

/** Runs a command in a pod that sees the directory /var/tmp of a host as /host. */
async function onHost(host: string, command: string): Promise<void> {
  const pods = new Namespace('default');
  const name = `e2e-volume-${process.pid}`;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      nodeSelector: { 'kubernetes.io/hostname': host },
      tolerations: [{ operator: 'Exists' }],
      restartPolicy: 'Never',
      containers: [{
        name: 'shell',
        image: CLIENT_IMAGE,
        command: ['sh', '-c', command],
        volumeMounts: [{ name: 'host', mountPath: '/host' }],
      }],
      volumes: [{ name: 'host', hostPath: { path: '/var/tmp' } }],
    },
  };
  try {
    await kubectl(['-n', 'default', 'create', '-f', '-'], { input: JSON.stringify(pod) });
    await waitFor(`'${command}' is done on ${host}`, async () => (await pods.get('pod', name)).status.phase === 'Succeeded', {
      explain: () => pods.explain(name),
    });
  } finally {
    await pods.kubectl('delete', 'pod', name, '--ignore-not-found');
  }
}
