import { App, Chart, Cron, Size } from 'cdk8s';
import { LonghornDataLocality, LonghornRedis } from 'cdk8s-redis-constructs';

const app = new App();
const chart = new Chart(app, 'k3s-longhorn');

new LonghornRedis(chart, 'redis', {
  createNamespace: true,
  size: Size.gibibytes(5),
  ownClass: { replicas: 2, dataLocality: LonghornDataLocality.BEST_EFFORT },
  snapshots: { schedule: Cron.hourly(), retain: 24 },
  backups: { schedule: Cron.daily(), retain: 14 },
  resources: { memory: Size.mebibytes(512) },
  scheduling: { nodeSelector: { 'node-type': 'worker' } },
});

app.synth();
