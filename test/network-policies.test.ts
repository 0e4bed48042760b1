import { Manifest } from './kit';
import { isAllowed, Pod, podsIn, reachable, selects } from './network-policies';

const pod = (labels: { [key: string]: string }, namespace = 'default'): Pod => (
  { title: 'pod', namespace, labels, ports: [{ name: 'redis', number: 6379, protocol: 'TCP' }, { name: 'bus', number: 16379, protocol: 'TCP' }] });
const policy = (spec: Manifest, namespace?: string): Manifest => (
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'a', namespace }, spec: { policyTypes: ['Ingress'], podSelector: {}, ...spec } });

const REDIS = pod({ app: 'redis' });
const WEB = pod({ app: 'web' });
const AWAY = pod({ app: 'web' }, 'away');
const OUTSIDE = '203.0.113.7';

/** What policies say, and whether a pod `app: web` of the same namespace, one of another, and an address outside come in by 6379. */
const CASES: { [title: string]: [policies: Manifest[], web: boolean, away: boolean, outside: boolean] } = {
  'no policy admits everything': [[], true, true, true],
  'a policy of another namespace says nothing': [[policy({}, 'away')], true, true, true],
  'a policy that selects other pods says nothing': [[policy({ podSelector: { matchLabels: { app: 'web' } } })], true, true, true],
  'a policy for what goes out says nothing': [[policy({ policyTypes: ['Egress'] })], true, true, true],
  'a policy without types is for what comes in': [[policy({ policyTypes: undefined })], false, false, false],
  'a policy without rules admits nobody': [[policy({})], false, false, false],
  'a policy with an empty list of rules admits nobody': [[policy({ ingress: [] })], false, false, false],
  'an empty rule admits everybody': [[policy({ ingress: [{}] })], true, true, true],
  'an empty list of peers admits everybody': [[policy({ ingress: [{ from: [] }] })], true, true, true],
  'a rule with a port only admits everybody there': [[policy({ ingress: [{ ports: [{ port: 6379 }] }] })], true, true, true],
  'a rule with another port admits nobody': [[policy({ ingress: [{ ports: [{ port: 16379 }] }] })], false, false, false],
  'a port of another protocol admits nobody': [[policy({ ingress: [{ ports: [{ port: 6379, protocol: 'UDP' }] }] })], false, false, false],
  'a range of ports admits what is within': [[policy({ ingress: [{ ports: [{ port: 6000, endPort: 7000 }] }] })], true, true, true],
  'a name is a port of the pod that is reached': [[policy({ ingress: [{ ports: [{ port: 'redis' }] }] })], true, true, true],
  'a name that the pod does not have admits nobody': [[policy({ ingress: [{ ports: [{ port: 'http' }] }] })], false, false, false],
  'an empty pod selector is all pods of the namespace': [[policy({ ingress: [{ from: [{ podSelector: {} }] }] })], true, false, false],
  'an empty namespace selector is all pods': [[policy({ ingress: [{ from: [{ namespaceSelector: {} }] }] })], true, true, false],
  'a namespace is selected by its name': [
    [policy({ ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'away' } } }] }] })], false, true, false,
  ],
  'a namespace is selected by its labels': [[policy({ ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'away' } } }] }] })], false, true, false],
  'both selectors of one peer must match': [
    [policy({ ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'away' } }, podSelector: { matchLabels: { app: 'other' } } }] }] })], false, false, false,
  ],
  'one of two peers is enough': [
    [policy({ ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'away' } } }, { podSelector: { matchLabels: { app: 'web' } } }] }] })], true, true, false,
  ],
  'a network admits addresses in it, and no pods': [[policy({ ingress: [{ from: [{ ipBlock: { cidr: '203.0.113.0/24' } }] }] })], false, false, true],
  'a network admits no other address': [[policy({ ingress: [{ from: [{ ipBlock: { cidr: '198.51.100.0/24' } }] }] })], false, false, false],
  'a network of IPv6 admits no address of IPv4': [[policy({ ingress: [{ from: [{ ipBlock: { cidr: '::/0' } }] }] })], false, false, false],
  'an exception is not admitted': [[policy({ ingress: [{ from: [{ ipBlock: { cidr: '203.0.113.0/24', except: ['203.0.113.0/28'] } }] }] })], false, false, false],
  'what one policy admits, no other one takes away': [[policy({ ingress: [{ from: [{ podSelector: {} }] }] }), policy({})], true, false, false],
  'source and port must be of one rule': [
    [policy({ ingress: [{ ports: [{ port: 16379 }] }, { from: [{ podSelector: { matchLabels: { app: 'other' } } }], ports: [{ port: 6379 }] }] })], false, false, false,
  ],
};

test.each(Object.entries(CASES))('%s', (_, [policies, ...expected]) => {
  expect([WEB, AWAY, OUTSIDE].map((from) => isAllowed(policies, from, REDIS, 6379, { away: { team: 'away' } }))).toEqual(expected);
});

test('a selector takes expressions', () => {
  const matches = (operator: string, values?: string[]) => selects({ matchExpressions: [{ key: 'app', operator, values }] }, { app: 'web' });
  expect([matches('In', ['web', 'api']), matches('NotIn', ['web']), matches('Exists'), matches('DoesNotExist')]).toEqual([true, false, true, false]);
  expect(selects({ matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['web'] }] }, {})).toBe(true);
  expect(() => matches('Like')).toThrow('no operator of a selector: Like');
});

test('ports are those of the containers, and pods those of every controller', () => {
  const spec = { containers: [{ ports: [{ name: 'redis', containerPort: 6379 }] }] };
  const pods = podsIn([
    { kind: 'Pod', metadata: { name: 'a', labels: { app: 'a' } }, spec },
    { kind: 'Deployment', metadata: { name: 'b', namespace: 'prod' }, spec: { template: { metadata: { labels: { app: 'b' } }, spec } } },
    { kind: 'Job', metadata: { name: 'c' }, spec: { template: { spec } } },
    { kind: 'CronJob', metadata: { name: 'd' }, spec: { jobTemplate: { spec: { template: { spec } } } } },
    { kind: 'Service', metadata: { name: 'e' }, spec: { ports: [] } },
  ]);
  expect(pods.map(({ title, namespace, labels }) => [title, namespace, labels])).toEqual([
    ['Pod/a', 'default', { app: 'a' }], ['Deployment/b', 'prod', { app: 'b' }], ['Job/c', 'default', { 'batch.kubernetes.io/job-name': 'c' }], ['CronJob/d', 'default', {}],
  ]);
  expect(reachable([], WEB, pods[0])).toEqual([6379]);
});
