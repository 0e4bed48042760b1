import { execFileSync } from 'child_process';
import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { directory } from './processes';

/** The files of a Secret with a certificate. */
export type CertificateFiles = { 'ca.crt': string; 'tls.crt': string; 'tls.key': string };

/** One that signs certificates, for as long as a test takes. */
export class Authority {
  public readonly certificate: string;

  private readonly home = directory();
  private serial = 0;

  /** With variables for openssl, such as those of another time. */
  constructor(name: string, private readonly env: { readonly [variable: string]: string } = {}) {
    this.key('ca.key');
    this.openssl('req', '-x509', '-new', '-key', 'ca.key', '-days', '2', '-subj', `/CN=${name}`, '-out', 'ca.crt');
    this.certificate = this.read('ca.crt');
  }

  /** A certificate for servers and clients with these names, that of the authority beside it. */
  public issue(name: string, ...others: string[]): CertificateFiles {
    return this.issueFor('serverAuth,clientAuth', name, ...others);
  }

  /** One with these usages only. */
  public issueFor(usages: string, name: string, ...others: string[]): CertificateFiles {
    const names = [name, ...others, 'localhost'].map((each) => `DNS:${each}`).join();
    this.key('tls.key');
    writeFileSync(join(this.home, 'extensions'), `subjectAltName=${names},IP:127.0.0.1\nextendedKeyUsage=${usages}\n`);
    this.openssl('req', '-new', '-key', 'tls.key', '-subj', `/CN=${name}`, '-out', 'request');
    this.openssl('x509', '-req', '-in', 'request', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-set_serial', `${++this.serial}`, '-days', '2',
      '-extfile', 'extensions', '-out', 'tls.crt');
    return { 'ca.crt': this.certificate, 'tls.crt': this.read('tls.crt'), 'tls.key': this.read('tls.key') };
  }

  private key(file: string): void {
    this.openssl('ecparam', '-genkey', '-noout', '-name', 'prime256v1', '-out', file);
  }

  private openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.home, stdio: 'pipe', env: { ...process.env, ...this.env } });
  }

  private read(file: string): string {
    return readFileSync(join(this.home, file), 'utf8');
  }
}
