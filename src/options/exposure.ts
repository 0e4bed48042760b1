import { isIP } from 'net';
import { k8s } from 'cdk8s-plus-28';
import { networkProblems } from './networks';
import { networkPolicyPeers, peerProblems, RedisPeers } from './peers';
import { annotationProblems, referenceProblems } from '../node/names';
import { ANY_POD } from '../node/peers';
import { fields, quote, structProblems } from '../node/problems';

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

  /**
   * Who may reach the console's pod, by a NetworkPolicy: for an Ingress the pods of its controller, such as
   * `{ pods: [{ namespaceName: 'ingress-nginx' }] }`. An empty object is nobody, besides `kubectl port-forward`.
   *
   * @default - a LoadBalancer: its `sourceRanges`; a ClusterIP: all pods of the Kubernetes cluster; an Ingress: these and private networks
   */
  readonly allowFrom?: RedisPeers;
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
   * With networks of yours the Service keeps the addresses of clients (`externalTrafficPolicy: Local`), since a NetworkPolicy could not know them otherwise.
   * A load balancer that shows an address of its own needs that in `allowFrom`.
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
    const { sourceRanges = PRIVATE_RANGES } = fields(options);
    return new RedisExposure('LoadBalancer', options, sourceRanges);
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
    const { port = HTTP, annotations, allowFrom } = fields(this.given);
    return [
      ...structProblems('exposure.options', this.given),
      ...(Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : [`'exposure.port' is ${quote(port)}: it takes a whole number from 1 to 65535`]),
      ...annotationProblems('exposure.annotations', annotations),
      ...(allowFrom === undefined ? [] : peerProblems('exposure.allowFrom', allowFrom)),
      ...(this.kind === 'LoadBalancer' ? rangeProblems(this.sourceRanges) : []),
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
      ...(this.needsAddresses && { externalTrafficPolicy: 'Local' }),
      ports: [{ name: 'http', port: fields(this.given).port ?? HTTP, targetPort: k8s.IntOrString.fromString(targetPort) }],
    };
  }

  /**
   * Whether the policy tells clients by their own addresses. Otherwise hosts pass them on with addresses of the hosts, which are in private networks, as the
   * default ranges are.
   */
  private get needsAddresses(): boolean {
    const { allowFrom } = fields(this.given);
    return this.kind === 'LoadBalancer' && this.sourceRanges !== PRIVATE_RANGES && allowFrom === undefined && !this.sourceRanges.some((range) => range.endsWith('/0'));
  }

  /**
   * Who may reach the pod, past the Service too.
   *
   * @internal
   */
  public get _peers(): k8s.NetworkPolicyPeer[] {
    const { allowFrom } = fields(this.given);
    if (allowFrom) return networkPolicyPeers(allowFrom);
    if (this.kind === 'LoadBalancer') return networkPolicyPeers({ networks: this.sourceRanges });
    // A controller may be on the network of its host, or a load balancer of the cloud.
    return this.ingress ? [ANY_POD, ...networkPolicyPeers({ networks: PRIVATE_RANGES })] : [ANY_POD];
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

function rangeProblems(ranges: readonly string[]): string[] {
  if (Array.isArray(ranges) && ranges.length === 0) return ['\'exposure.sourceRanges\' is empty, which would let everybody in: say [\'0.0.0.0/0\'] if that is what you want'];
  return networkProblems('exposure.sourceRanges', ranges);
}
