import { since } from './accidents';
import { CertificateFiles } from './certificates';
import { Outcome, underFlow } from './cluster-scenarios';
import { ClusterUnderTest, PODS } from './cluster-under-test';
import { waitFor } from './kit';

/** Deadline for what the kubelet brings into pods. */
const PATIENCE = { seconds: 300 };

/** The Secret gets another certificate, which all nodes show in the end. What changes it says which one. */
export function rotateCertificate(cluster: ClusterUnderTest, replace: () => Promise<string>): Promise<Outcome> {
  return underFlow(cluster, async () => {
    const changed = Date.now();
    const certificate = await replace();
    await waitFor('all nodes show the new certificate', async () => {
      const shown = await shownCertificates(cluster);
      return shown.every((each) => each === certificate.trim());
    }, PATIENCE);
    return { seconds: since(changed) };
  });
}

/**
 * Step by step the Secrets of the nodes and of the writer get other certificates; each act says what the writer has then. A step is done when all
 * have loaded theirs, and whoever connects is served.
 */
export async function rotateAuthority(cluster: ClusterUnderTest, acts: ReadonlyArray<() => Promise<CertificateFiles>>): Promise<Outcome & { steps: number[] }> {
  const steps: number[] = [];
  const outcome = await underFlow(cluster, async () => {
    for (const act of acts) {
      const before = await loaded(cluster);
      const began = Date.now();
      const files = await act();
      await waitFor('all have loaded their certificates', async () => {
        const now = await loaded(cluster);
        return now.every((count, index) => count > before[index]) && await writerHas(cluster, files);
      }, PATIENCE);
      steps.push(since(began));
      // Connects to all nodes anew.
      await cluster.healthy();
    }
    return { seconds: steps.reduce((sum, each) => sum + each, 0) };
  });
  return { ...outcome, steps };
}

/** The certificates that the nodes show to clients. */
export async function shownCertificates(cluster: ClusterUnderTest): Promise<string[]> {
  const pods = await cluster.pods();
  return Promise.all(pods.map(async ({ address }) => (await cluster.here.exec('writer', 'writer', 'node', '/tmp/writer-certificate.js', `${address}`)).trim()));
}

/** How often each node has loaded a changed certificate, as its loop tells. */
function loaded({ here }: ClusterUnderTest): Promise<number[]> {
  return Promise.all(PODS.map(async (pod) => (await here.kubectl('logs', pod, '-c', 'config-reloader')).split('certificate: changed').length - 1));
}

/** Whether the writer finds these files when it connects. */
async function writerHas({ here }: ClusterUnderTest, files: CertificateFiles): Promise<boolean> {
  return await here.exec('writer', 'writer', 'sh', '-c', 'cat "$REDIS_CA_FILE" "$REDIS_CERT_FILE"') === `${files['ca.crt']}${files['tls.crt']}`;
}
