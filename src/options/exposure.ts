import { isIP } from 'net';
import { k8s } from 'cdk8s-plus-28';
import { labelKeyProblems, referenceProblems } from '../node/names';
import { quote } from '../node/problems';

/** Networks that nobody on the internet is in (RFC 1918). */
const PRIVATE_RANGES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

const HTTP = 80;

/** A Service within the Kubernetes cluster. */
export interface RedisServiceOptions {
  /**
   * Port of the Service, from 1 to 65535.
   *
   * @default 80
   */
  readonly port?: number;

  /**
   * Annotations of the Service, or of the Ingress where there is one.
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
export interface RedisIngressOptions extends RedisServiceOptions {
  /** Name of the host that the browser asks for. */
  readonly host: string;

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
    return new RedisExposure('LoadBalancer', options, options.sourceRanges ?? PRIVATE_RANGES);
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
    return new RedisExposure('ClusterIP', options, [], options);
  }

  private constructor(
    private readonly kind: string,
    private readonly options: RedisServiceOptions,
    private readonly sourceRanges: string[] = [],
    private readonly ingress?: RedisIngressOptions,
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
    const { port = HTTP, annotations = {} } = this.options;
    return [
      ...(Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : [`'exposure.port' is ${quote(port)}: it takes a whole number from 1 to 65535`]),
      ...Object.keys(annotations).flatMap((key) => labelKeyProblems('exposure.annotations', key)),
      ...this.sourceRanges.filter((range) => !isNetwork(range)).map((range) =>
        `'exposure.sourceRanges' has ${quote(range)}: it takes networks such as '203.0.113.0/24'`),
      ...(this.kind === 'LoadBalancer' && this.sourceRanges.length === 0
        ? ['\'exposure.sourceRanges\' is empty, which would let everybody in: say [\'0.0.0.0/0\'] if that is what you want'] : []),
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
      ports: [{ name: 'http', port: this.options.port ?? HTTP, targetPort: k8s.IntOrString.fromString(targetPort) }],
    };
  }

  /** @internal */
  public get _serviceAnnotations(): { [key: string]: string } | undefined {
    return this.ingress ? undefined : this.options.annotations;
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
    const { host, className, tlsSecretName } = this.ingress;
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

function ingressProblems({ host, path = '/', className, tlsSecretName }: RedisIngressOptions): string[] {
  return [
    ...(/^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(host) && host.length <= 253
      ? [] : [`'exposure.host' is ${quote(host)}: it takes the name of a host, such as 'redis.example.com'`]),
    ...(/^\/([-._~A-Za-z0-9]+\/?)*$/.test(path) ? [] : [`'exposure.path' is ${quote(path)}: it takes a path such as '/redis'`]),
    ...(className === undefined ? [] : referenceProblems('exposure.className', className)),
    ...(tlsSecretName === undefined ? [] : referenceProblems('exposure.tlsSecretName', tlsSecretName)),
  ];
}

function isNetwork(range: string): boolean {
  const [address, length, ...rest] = range.split('/');
  const version = isIP(address);
  return rest.length === 0 && version !== 0 && /^\d{1,3}$/.test(length ?? '') && Number(length) <= (version === 4 ? 32 : 128);
}
