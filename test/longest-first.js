const path = require('path');
const { default: Sequencer } = require('@jest/test-sequencer');

/** About how many seconds files take that take long. A file may be missing here, or take half of it by now: only the order depends on it. */
const SECONDS = {
  'scripts/cluster-healing': 460,
  'scripts/cluster-accidents': 380,
  'scripts/replication-losses': 200,
  'scripts/cluster-forming': 170,
  'scripts/replication-starting': 165,
  'scripts/replication-stopping': 140,
  'scripts/cluster-interruptions': 130,
  'scripts/cluster-random-states': 125,
  'scripts/cluster-keeping': 110,
  'scripts/users': 95,
  'scripts/reload-config': 90,
  'e2e/replication-guard': 580,
  'e2e/tls': 400,
  'e2e/acl': 150,
  'e2e/examples': 135,
};

const seconds = (test) => SECONDS[path.relative(__dirname, test.path).split(path.sep).join('/').replace(/\.test\.ts$/, '')] ?? 0;

/**
 * The longest files first, so that in the end no worker has one of them to itself while all others are idle. Where nothing has run yet, as in CI, Jest only
 * knows how large files are. What is not in the list comes behind it, in the order of Jest.
 */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => seconds(other) - seconds(one));
  }
};
