const fs = require('fs');
const path = require('path');

/** How to get what a machine lacks. Tests that need it are named in one line, never left out in silence. */
const HINTS = {
  'redis-server': 'put redis-server 8 on PATH (https://redis.io/docs/latest/operate/oss_and_stack/install/)',
  'shellcheck': 'apt-get install shellcheck',
  'haproxy': 'apt-get install haproxy',
  'busybox': 'apt-get install busybox',
  'dash': 'apt-get install dash',
  'bash': 'apt-get install bash',
  'unshare': 'allow network namespaces: as root, or with user namespaces',
  'mount': 'allow mounting a tmpfs: as root',
  'cc': 'apt-get install gcc libc6-dev',
  'host-accidents': 'set E2E_HOST to a command that takes crash, start, cut or join and the name of a host',
  'silent-names': 'set E2E_NAMES to a command that takes stop or go, and keeps the name service silent in between',
  'used-addresses': 'set E2E_ADDRESSES to a command that has hosts give the addresses of pods gone by to the next ones',
  'python3': 'apt-get install python3 python3-venv',
  'schemas': 'the strict schemas are not part of this repository; the manifests were checked against those of kubernetes-models',
};

/** Jest's closing words: how many tests ran, and which did not and why. Leaves the figures for `.ci/run`. */
module.exports = class Summary {
  constructor(config) {
    this.directory = path.join(config.rootDir, 'test-reports');
    this.filtered = Boolean(config.testNamePattern);
  }

  onRunComplete(_, results) {
    const skipped = new Map();
    for (const file of results.testResults) {
      for (const { status, ancestorTitles } of file.testResults) {
        // A test that `-t` filtered out is not missing anything.
        if (status !== 'pending' || this.filtered) continue;
        const tool = /needs ([-a-z0-9]+)/.exec(ancestorTitles[0])?.[1] ?? 'unknown';
        skipped.set(tool, (skipped.get(tool) ?? 0) + 1);
      }
    }
    for (const [tool, count] of skipped) {
      console.log(`not run: ${count} tests that need ${tool}; to run them: ${HINTS[tool] ?? 'see CONTRIBUTING.md'}`);
    }
    const { numPassedTests: passed, numFailedTests: failed, numRuntimeErrorTestSuites: broken } = results;
    fs.mkdirSync(this.directory, { recursive: true });
    fs.writeFileSync(path.join(this.directory, `${process.env.SUMMARY ?? 'tests'}.json`), JSON.stringify({ passed, failed: failed + broken }));
    console.log(`${passed} passed, ${failed + broken} failed`);
  }
};
