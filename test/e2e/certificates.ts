import { apply, Namespace } from './kit';
import { Authority, CertificateFiles } from '../scripts/certificates';

export { Authority, CertificateFiles };

/** Makes a Secret with a certificate, or changes it. */
export async function setCertificate(here: Namespace, name: string, files: CertificateFiles): Promise<void> {
  const data = Object.fromEntries(Object.entries(files).map(([file, text]) => [file, Buffer.from(text).toString('base64')]));
  await apply(JSON.stringify({ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name, namespace: here.name }, data }));
}
