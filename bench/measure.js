// One measurement in a process of its own: plain JavaScript against the compiled package, so that nothing is compiled while the clock runs.
// Arguments: how the objects are made (a file that exports `make(chart, index)`), how many times, and where the YAML goes.
const { performance } = require('perf_hooks');
const { App, Chart } = require('cdk8s');
require('cdk8s-plus-28');

const [file, count, outdir] = process.argv.slice(2);

const load = clocks();
const { make } = require(file);
const loaded = load();

const synthesis = clocks();
const app = new App({ outdir });
const chart = new Chart(app, 'redis', { namespace: 'bench' });
for (let index = 0; index < Number(count); index++) make(chart, index);
app.synth();
const synthesized = synthesis();

console.log(JSON.stringify({ load: loaded, synthesis: synthesized, memory: process.resourceUsage().maxRSS * 1024 }));

function clocks() {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { wall: performance.now() - wall, cpu: (user + system) / 1000 };
  };
}
