import { Chart, Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { namespaceProblem } from './connect-workload';
import { accessOf, allow, makePolicy, ports } from './node/access';
import { makeStorageClass } from './node/cluster-scoped';
import { literal } from './node/connect';
import { LabelSubject, objectLabels, selectorLabels } from './node/labels';
import { claimNames, labelProblems, nameProblems, referenceProblems } from './node/names';
import { classProblems, listProblems, quote, refuse, structProblems } from './node/problems';
import { quantity } from './node/quantities';
import { restrictedContainer, restrictedPod } from './node/security';
import { RedisExposure } from './options/exposure';
import { imageReferenceProblems, pullProblems, RedisImagePullPolicy } from './options/image';
import { longhornClass } from './options/longhorn';
import { RedisResources, resourceProblems, resourceRequirements } from './options/resources';
import { RedisScheduling, schedulingFields, schedulingProblems } from './options/scheduling';
import { RedisSecretKey, secretKeyProblems } from './options/secret-key';
import { RedisStorage } from './options/storage';
import { RedisClientCertificates } from './options/tls';
import { IRedis } from './redis';

/** Properties of a `RedisInsight`. */
export interface RedisInsightProps {
  /**
   * The name of its objects. At most 52 characters.
   *
   * @default - the construct's id
   */
  readonly name?: string;

  /**
   * The image. The release must be 2.70 or newer: older ones do not know of `databases`.
   *
   * @default redis/redisinsight:3.8.0
   */
  readonly image?: string;

  /**
   * When the image is pulled.
   *
   * @default RedisImagePullPolicy.IF_NOT_PRESENT
   */
  readonly pullPolicy?: RedisImagePullPolicy;

  /**
   * Names of Secrets with the registry's credentials.
   *
   * @default - none
   */
  readonly pullSecrets?: string[];

  /**
   * The databases that the console shows. Needs `acceptTerms`. Their connections cannot be changed in the browser, nor their passwords be
   * exported.
   *
   * The Secrets of a password and of TLS must be in the namespace of the console too, under the same names.
   *
   * @default - none; they are added in the browser
   */
  readonly databases?: IRedis[];

  /**
   * Name of the Secret with the certificate `tls.crt` and its key `tls.key` that the console shows to databases with TLS.
   *
   * @default - it shows none
   */
  readonly clientCertificate?: string;

  /**
   * Whether you accept RedisInsight's licence (SSPL and RSAL), which it asks for before it connects to anything.
   *
   * @default false
   */
  readonly acceptTerms?: boolean;

  /**
   * How the console is reached. It has no login: whoever reaches it may do everything with its databases, or read them where they have users.
   *
   * @default RedisExposure.loadBalancer()
   */
  readonly exposure?: RedisExposure;

  /**
   * The key by which passwords are encrypted where the console keeps them.
   *
   * @default - they are kept in plain text
   */
  readonly encryptionKey?: RedisSecretKey;

  /**
   * Where the console keeps its own data over restarts, such as connections that were added in the browser.
   *
   * @default - nowhere: a restart forgets them
   */
  readonly storage?: RedisStorage;

  /**
   * CPU and memory.
   *
   * @default - 0.1 CPU and 256Mi reserved, 1Gi at most
   */
  readonly resources?: RedisResources;

  /**
   * Which hosts it may run on.
   *
   * @default - any
   */
  readonly scheduling?: RedisScheduling;

  /**
   * Labels of its objects and its pod, beside Kubernetes' recommended ones.
   *
   * @default - none
   */
  readonly labels?: { [key: string]: string };
}

const DEFAULT_IMAGE = 'redis/redisinsight:3.8.0';
const PORT = 5540;

/** The user `node` of the image. */
const USER = 1000;

/** RedisInsight publishes no figure; bodies of requests may have 512 MB. */
const USUAL_MEMORY = { request: Size.mebibytes(256), limit: Size.gibibytes(1) };

/**
 * The profiler writes its files there while somebody has it save, without an end. An hour of ten thousand commands a second is 3.4Gi, at a hundred bytes each.
 * One that is forgotten must not fill the disk of the host.
 */
const SCRATCH = Size.gibibytes(4);

/**
 * RedisInsight, the web console of Redis, connected to your databases.
 *
 * Makes a Deployment `<name>` of one pod, a Service `<name>-service`, which sends port 80 to the console's 5540, and a NetworkPolicy `<name>` that lets
 * in only whom `exposure` means, and on request a claim `<name>-data` and an Ingress. Its databases let it in.
 *
 * @example
 * new RedisInsight(chart, 'redisinsight', { databases: [redis], acceptTerms: true });
 */
export class RedisInsight extends Construct {
  /** Name of the Service. */
  public readonly serviceName: string;

  constructor(scope: Construct, id: string, props: RedisInsightProps = {}) {
    super(scope, id);
    const name = props.name ?? id;
    this.serviceName = `${name}-service`;
    refuse('RedisInsight', this.node.path, kinds(props));
    const { exposure = RedisExposure.loadBalancer(), storage } = props;
    const { namespace } = Chart.of(this);
    refuse('RedisInsight', this.node.path, [
      ...problems(name, props, exposure),
      ...(props.databases ?? []).flatMap((redis) => namespaceProblem(redis, this.node.path, namespace) ?? []),
    ]);

    const subject: LabelSubject = { program: 'redisinsight', name, component: 'console', labels: props.labels };
    const metadata = (objectName: string, annotations?: { [key: string]: string }): k8s.ObjectMeta =>
      ({ name: objectName, labels: objectLabels(subject), ...(annotations && { annotations }) });
    this.makeClaim(subject, storage);
    new k8s.KubeDeployment(this, 'deployment', {
      metadata: metadata(name),
      spec: {
        replicas: 1,
        selector: { matchLabels: selectorLabels(subject) },
        // Two pods must never share the database file, and a volume of one host cannot follow a second pod. Also without a volume, since
        // server-side apply cannot change the strategy later.
        strategy: { type: 'Recreate' },
        template: { metadata: { labels: objectLabels(subject) }, spec: podSpec(name, props, exposure) },
      },
    });
    new k8s.KubeService(this, 'service', {
      metadata: metadata(this.serviceName, exposure._serviceAnnotations),
      spec: { ...exposure._service('http'), selector: selectorLabels(subject) },
    });
    const ingress = exposure._ingress(this.serviceName);
    if (ingress) new k8s.KubeIngress(this, 'ingress', { metadata: metadata(name, exposure._ingressAnnotations), spec: ingress });
    makePolicy(this, 'policy', metadata(name), subject, () => allow(ports('http'), exposure._peers));
    claimNames(this);
    for (const redis of props.databases ?? []) accessOf(redis)?.admitConsole(subject, namespace);
  }

  private makeClaim(subject: LabelSubject, storage?: RedisStorage): void {
    const ownClassName = storage?._ownClass?.name ?? [Chart.of(this).namespace, subject.name].filter(Boolean).join('-');
    const claim = storage?._claim(`${subject.name}-data`, objectLabels(subject), ownClassName);
    if (claim) new k8s.KubePersistentVolumeClaim(this, 'claim', claim);
    if (storage?._ownClass) makeStorageClass(this, longhornClass(ownClassName, storage._ownClass), objectLabels(subject));
  }
}

/** Options of the wrong kind, from JavaScript, of which nothing can be read. */
function kinds({ exposure, storage, databases, resources, scheduling }: RedisInsightProps): string[] {
  return [
    ...classProblems('exposure', exposure, RedisExposure, 'RedisExposure.clusterIp()'),
    ...classProblems('storage', storage, RedisStorage, 'RedisStorage.volume()'),
    ...listProblems('databases', databases, '[redis]'),
    ...(Array.isArray(databases) ? databases : []).flatMap((redis, index) => (
      redis?.endpoint ? [] : [`'databases[${index}]' is ${quote(redis)}: it takes a Redis, such as new RedisStandalone(..) or Redis.fromAttributes(..)`])),
    ...structProblems('resources', resources),
    ...structProblems('scheduling', scheduling),
  ];
}

function problems(name: string, props: RedisInsightProps, exposure: RedisExposure): string[] {
  const { databases = [], image, encryptionKey, storage } = props;
  return [
    ...nameProblems(name, ['-service', '-data']),
    ...(image === undefined ? [] : imageReferenceProblems('image', image)),
    ...pullProblems('', props),
    ...exposure._problems(),
    ...(storage?._problems('storage') ?? []),
    ...(storage?._retentionProblems('a Deployment') ?? []),
    ...(encryptionKey ? secretKeyProblems('encryptionKey', encryptionKey) : []),
    ...resourceProblems(props.resources ?? {}),
    ...schedulingProblems(props.scheduling ?? {}),
    ...labelProblems('labels', props.labels),
    ...certificateProblems(props),
    ...(databases.length > 0 && !props.acceptTerms
      ? ['\'databases\' needs \'acceptTerms: true\': RedisInsight connects to nothing before its licence is accepted'] : []),
  ];
}

function certificateProblems({ databases = [], clientCertificate }: RedisInsightProps): string[] {
  if (clientCertificate !== undefined) {
    return [
      ...referenceProblems('clientCertificate', clientCertificate),
      ...(databases.some(({ tls }) => tls.enabled) ? [] : ['\'clientCertificate\' is given, but none of the \'databases\' has TLS: leave it out']),
    ];
  }
  return databases.flatMap(({ tls, endpoint }) => (tls.clientCertificates === RedisClientCertificates.REQUIRED
    ? [`'clientCertificate' is missing, and ${quote(endpoint.host)} takes nobody without a certificate: give the name of a Secret with tls.crt and tls.key for the console`] : []));
}

/** Where the authorities of a database are, by its number, and the console's own certificate. */
const certificateDirectory = (number: number) => `/redis-tls/${number}`;
const OWN_CERTIFICATE = '/redis-tls/own';

/** The files of certificates: volumes, and where they are mounted. */
function certificateVolumes({ databases = [], clientCertificate }: RedisInsightProps): Array<{ volume: k8s.Volume; mount: k8s.VolumeMount }> {
  const secretVolume = (name: string, secretName: string, files: string[], mountPath: string) => ({
    volume: { name, secret: { secretName, items: files.map((file) => ({ key: file, path: file })), defaultMode: 0o440 } },
    mount: { name, mountPath, readOnly: true },
  });
  return [
    ...databases.flatMap(({ tls: { secretName } }, index) => (
      secretName === undefined ? [] : [secretVolume(`tls-${index + 1}`, secretName, ['ca.crt'], certificateDirectory(index + 1))])),
    ...(clientCertificate === undefined ? [] : [secretVolume('tls-own', clientCertificate, ['tls.crt', 'tls.key'], OWN_CERTIFICATE)]),
  ];
}

function certificateVariables(number: number, clientCertificate?: string): k8s.EnvVar[] {
  return [
    { name: `RI_REDIS_TLS_${number}`, value: 'true' },
    { name: `RI_REDIS_TLS_CA_PATH_${number}`, value: `${certificateDirectory(number)}/ca.crt` },
    ...(clientCertificate === undefined ? [] : [
      { name: `RI_REDIS_TLS_CERT_PATH_${number}`, value: `${OWN_CERTIFICATE}/tls.crt` },
      { name: `RI_REDIS_TLS_KEY_PATH_${number}`, value: `${OWN_CERTIFICATE}/tls.key` },
    ]),
  ];
}

function podSpec(name: string, props: RedisInsightProps, exposure: RedisExposure): k8s.PodSpec {
  const { image = DEFAULT_IMAGE, pullPolicy = RedisImagePullPolicy.IF_NOT_PRESENT, pullSecrets = [], storage } = props;
  const certificates = certificateVolumes(props);
  const health = { httpGet: { path: `${exposure._path}/api/health/`, port: k8s.IntOrString.fromString('http') } };
  return {
    ...restrictedPod(USER),
    ...schedulingFields(props.scheduling ?? {}),
    ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map((secret) => ({ name: secret })) }),
    containers: [{
      name: 'redisinsight',
      image,
      imagePullPolicy: pullPolicy,
      env: variables(props, exposure),
      ports: [{ name: 'http', containerPort: PORT }],
      startupProbe: { ...health, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 60 },
      livenessProbe: { ...health, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
      readinessProbe: { ...health, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
      resources: resourceRequirements(props.resources ?? {}, USUAL_MEMORY),
      securityContext: restrictedContainer(),
      volumeMounts: [{ name: 'data', mountPath: '/data' }, { name: 'tmp', mountPath: '/tmp' }, ...certificates.map(({ mount }) => mount)],
    }],
    volumes: [
      storage ? { name: 'data', persistentVolumeClaim: { claimName: storage._claimName ?? `${name}-data` } } : { name: 'data', emptyDir: {} },
      { name: 'tmp', emptyDir: { sizeLimit: quantity(SCRATCH) } },
      ...certificates.map(({ volume }) => volume),
    ],
  };
}

function variables({ databases = [], clientCertificate, acceptTerms, encryptionKey }: RedisInsightProps, exposure: RedisExposure): k8s.EnvVar[] {
  return [
    // Logs belong to the container's output, not into the volume.
    { name: 'RI_STDOUT_LOGGER', value: 'true' },
    { name: 'RI_FILES_LOGGER', value: 'false' },
    ...(exposure._path ? [{ name: 'RI_PROXY_PATH', value: exposure._path }] : []),
    ...(acceptTerms ? [{ name: 'RI_ACCEPT_TERMS_AND_CONDITIONS', value: 'true' }] : []),
    ...(encryptionKey ? [secretVariable('RI_ENCRYPTION_KEY', encryptionKey.secretName, encryptionKey.key)] : []),
    // Without it, anyone could export the passwords of the connections in plain text.
    ...(databases.length > 0 ? [{ name: 'RI_DATABASE_MANAGEMENT', value: 'false' }] : []),
    ...databases.flatMap((redis, index) => databaseVariables(index + 1, redis, clientCertificate)),
  ];
}

function databaseVariables(number: number, redis: IRedis, clientCertificate?: string): k8s.EnvVar[] {
  const { endpoint: { host, port }, tls } = redis;
  return [
    { name: `RI_REDIS_HOST_${number}`, value: host },
    { name: `RI_REDIS_PORT_${number}`, value: String(port) },
    { name: `RI_REDIS_ALIAS_${number}`, value: host },
    ...loginVariables(number, redis),
    ...(tls.enabled ? certificateVariables(number, clientCertificate) : []),
  ];
}

function loginVariables(number: number, { auth: { _console: login }, username }: IRedis): k8s.EnvVar[] {
  if (login === undefined) return [];
  const { user = username, secretName, key } = login;
  return [
    ...(user === undefined ? [] : [{ name: `RI_REDIS_USERNAME_${number}`, value: literal(user) }]),
    secretVariable(`RI_REDIS_PASSWORD_${number}`, secretName, key),
  ];
}

function secretVariable(name: string, secretName: string, key: string): k8s.EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secretName, key } } };
}
