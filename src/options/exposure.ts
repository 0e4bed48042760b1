import { isIP } from 'net';
import { k8s } from 'cdk8s-plus-28';
import { annotationProblems, referenceProblems } from '../node/names';
import { fields, listProblems, quote, structProblems } from '../node/problems';

/** Networks that nobody on the internet is in (RFC 1918). */
const PRIVATE_RANGES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

const HTTP = 80;

/** What every way to a web console can be told. */
export interface RedisExposureOptions {
  /**
   * Port of the Service, from 1 to 65535.
   *
   * @default 80
   */
  readonly port?: number;
}

/** A Service within the Kubernetes cluster. */
export interface RedisServiceOptions extends RedisExposureOptions {
  /**
   * Annotations of the Service.
   *
   * @default - none
   */
  readonly annotations?: { [key: string]: string };
}

/** A Service with an address outside of the Kubernetes cluster. */
export interface RedisLoadBalancerOptions extends RedisServiceOptions {
  /**
   * Networks whose clients are let in, such as `203.0.113.0/24`. `['0.0.0.0/0']` is everybody.
   *
   * @default - private networks: 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16
   */
  readonly sourceRanges?: string[];
}

/** An Ingress in front of the Service. */
export interface RedisIngressOptions extends RedisExposureOptions {
  /** Name of the host that the browser asks for. */
  readonly host: string;

  /**
   * Annotations of the Ingress.
   *
   * @default - none
   */
  readonly annotations?: { [key: string]: string };

  /**
   * Prefix of the path, such as `/redis`. RedisInsight is told, so the Ingress must not rewrite it.
   *
   * @default /
   */
  readonly path?: string;

  /**
   * Name of the IngressClass.
   *
   * @default - the default class of the Kubernetes cluster
   */
  readonly className?: string;

  /**
   * Name of a Secret of type `kubernetes.io/tls` with the certificate.
   *
   * @default - no TLS
   */
  readonly tlsSecretName?: string;
}

/** How a web console is reached. */
export class RedisExposure {
  /**
   * From outside of the Kubernetes cluster, by a Service of type LoadBalancer.
   *
   * @param options who is let in
   */
  public static loadBalancer(options: RedisLoadBalancerOptions = {}): RedisExposure {
    return new RedisExposure('LoadBalancer', options, fields(options).sourceRanges ?? PRIVATE_RANGES);
  }

  /**
   * Only from within the Kubernetes cluster, or by `kubectl port-forward`.
   *
   * @param options port and annotations
   */
  public static clusterIp(options: RedisServiceOptions = {}): RedisExposure {
    return new RedisExposure('ClusterIP', options);
  }

  /**
   * By an Ingress, which can ask for a login and ends TLS.
   *
   * @param options host, path and certificate
   */
  public static ingress(options: RedisIngressOptions): RedisExposure {
    return new RedisExposure('ClusterIP', options, [], fields(options));
  }

  private constructor(
    private readonly kind: string,
    private readonly given: RedisServiceOptions,
    private readonly sourceRanges: string[] = [],
    private readonly ingress?: Partial<RedisIngressOptions>,
  ) {}

  /**
   * Prefix of the path without a slash at its end, or nothing.
   *
   * @internal
   */
  public get _path(): string {
    return (this.ingress?.path ?? '/').replace(/\/$/, '');
  }

  /** @internal */
  public _problems(): string[] {
    const { port = HTTP, annotations } = fields(this.given);
    return [
      ...structProblems('exposure.options', this.given),
      ...(Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : [`'exposure.port' is ${quote(port)}: it takes a whole number from 1 to 65535`]),
      ...annotationProblems('exposure.annotations', annotations),
      ...(this.kind === 'LoadBalancer' ? networkProblems(this.sourceRanges) : []),
      ...(this.ingress ? ingressProblems(this.ingress) : []),
    ];
  }

  /**
   * The Service's part of the exposure.
   *
   * @internal
   */
  public _service(targetPort: string): k8s.ServiceSpec {
    return {
      type: this.kind,
      ...(this.sourceRanges.length > 0 && { loadBalancerSourceRanges: this.sourceRanges }),
      ports: [{ name: 'http', port: fields(this.given).port ?? HTTP, targetPort: k8s.IntOrString.fromString(targetPort) }],
    };
  }

  /** @internal */
  public get _serviceAnnotations(): { [key: string]: string } | undefined {
    return this.ingress ? undefined : fields(this.given).annotations;
  }

  /** @internal */
  public get _ingressAnnotations(): { [key: string]: string } | undefined {
    return this.ingress?.annotations;
  }

  /**
   * The Ingress, where there is one.
   *
   * @internal
   */
  public _ingress(serviceName: string): k8s.IngressSpec | undefined {
    if (!this.ingress) return undefined;
    const { host, className, tlsSecretName } = this.ingress as RedisIngressOptions;
    return {
      ...(className !== undefined && { ingressClassName: className }),
      ...(tlsSecretName !== undefined && { tls: [{ hosts: [host], secretName: tlsSecretName }] }),
      rules: [{
        host,
        http: { paths: [{ path: this._path || '/', pathType: 'Prefix', backend: { service: { name: serviceName, port: { name: 'http' } } } }] },
      }],
    };
  }
}

function ingressProblems({ host, path = '/', className, tlsSecretName }: Partial<RedisIngressOptions>): string[] {
  return [
    ...(isIngressHost(host) ? [] : [`'exposure.host' is ${quote(host)}: it takes the name of a host, such as 'redis.example.com'`]),
    ...(isPath(path) ? [] : [`'exposure.path' is ${quote(path)}: it takes a path such as '/redis'`]),
    ...(className === undefined ? [] : referenceProblems('exposure.className', className)),
    ...(tlsSecretName === undefined ? [] : referenceProblems('exposure.tlsSecretName', tlsSecretName)),
  ];
}

/** Kubernetes takes no address there. */
function isIngressHost(host: unknown): boolean {
  return typeof host === 'string' && host.length <= 253 && isIP(host) === 0
    && /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(host);
}

function isPath(path: unknown): boolean {
  return typeof path === 'string' && /^\/([-._~A-Za-z0-9]+(\/[-._~A-Za-z0-9]+)*\/?)?$/.test(path)
    && !path.split('/').some((segment) => segment === '.' || segment === '..');
}

function networkProblems(ranges: readonly string[]): string[] {
  if (!Array.isArray(ranges)) return listProblems('exposure.sourceRanges', ranges, '[\'203.0.113.0/24\']');
  if (ranges.length === 0) return ['\'exposure.sourceRanges\' is empty, which would let everybody in: say [\'0.0.0.0/0\'] if that is what you want'];
  return ranges.filter((range) => !isNetwork(range)).map((range) => `'exposure.sourceRanges' has ${quote(range)}: it takes networks such as '203.0.113.0/24'`);
}

/** Node takes zones of addresses (`fe80::1%eth0`), which are no part of a network. */
function isNetwork(range: unknown): boolean {
  if (typeof range !== 'string' || !/^[0-9A-Fa-f:.]+\/(0|[1-9]\d{0,2})$/.test(range)) return false;
  const [address, length] = range.split('/');
  const version = isIP(address);
  return version !== 0 && Number(length) <= (version === 4 ? 32 : 128);
}
