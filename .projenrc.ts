import { cdk, javascript } from 'projen';

const project = new cdk.JsiiProject({
  name: 'cdk8s-redis-constructs',
  description: 'Redis on Kubernetes as typed cdk8s constructs: plain YAML, no operator, no Helm, no image of our own.',
  keywords: ['cdk8s', 'kubernetes', 'redis', 'redis-cluster', 'redisinsight', 'longhorn'],
  repositoryUrl: 'https://github.com/cdk8s-redis-constructs/cdk8s-redis-constructs.git',
  author: 'cdk8s-redis-constructs contributors',
  authorAddress: 'cdk8s-redis-constructs@users.noreply.github.com',
  authorOrganization: true,
  license: 'Apache-2.0',
  defaultReleaseBranch: 'main',
  majorVersion: 0,
  // Newer ones need Node 22.
  bumpPackage: 'commit-and-tag-version@^12',
  projenrcTs: true,
  // `dist` is where `cdk8s synth` puts the examples' YAML.
  artifactsDirectory: 'packages',

  jsiiVersion: '~5.9.0',
  typescriptVersion: '~5.9.0',
  minNodeVersion: '20.0.0',
  workflowNodeVersion: '20',
  packageManager: javascript.NodePackageManager.NPM,
  peerDeps: ['cdk8s@^2.70.0', 'cdk8s-plus-28@^2.5.6', 'constructs@^10.3.0'],
  devDeps: [
    // Of the version of jest, which brings it along: see test/longest-first.js.
    '@jest/test-sequencer@^29',
    '@types/node@^20',
    'ajv@^8',
    'cdk8s-cli@^2.207.0',
    // Workloads of any cdk8s-plus can be connected: tests have those of the newest one as well.
    'cdk8s-plus-33@^2.5.57',
    'fast-check@^4',
    'ioredis@^5',
    'kubernetes-models@^4.5.1',
    'tsconfig-paths@^4',
    'yaml@^2',
  ],

  publishToPypi: { distName: 'cdk8s-redis-constructs', module: 'cdk8s_redis_constructs' },
  publishToMaven: {
    javaPackage: 'io.github.cdk8sredisconstructs',
    mavenGroupId: 'io.github.cdk8s-redis-constructs',
    mavenArtifactId: 'cdk8s-redis-constructs',
  },
  publishToGo: { moduleName: 'github.com/cdk8s-redis-constructs/cdk8s-redis-constructs-go' },
  publishToNuget: { dotNetNamespace: 'Cdk8sRedisConstructs', packageId: 'Cdk8sRedisConstructs' },

  sampleCode: false,
  gitignore: ['/dist/', '/packages/', '/test-reports/', '.jsii.tabl.json', 'tsconfig.tsbuildinfo'],
  npmignoreEnabled: false,

  jestOptions: {
    jestVersion: '^29',
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    junitReporting: false,
    configFilePath: 'test/jest.json',
    extraCliOptions: ['--config', 'test/jest.json'],
    jestConfig: {
      rootDir: '..',
      collectCoverage: false,
      // Most of the time is spent waiting for processes.
      maxWorkers: 3,
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/', '<rootDir>/test/clients/'],
      moduleNameMapper: { '^cdk8s-redis-constructs$': '<rootDir>/src' },
      reporters: [new javascript.JestReporter('<rootDir>/test/summary.js')],
      setupFiles: ['<rootDir>/test/quiet.ts'],
      testSequencer: '<rootDir>/test/longest-first.js',
    },
  },
  eslintOptions: {
    dirs: ['src'],
    devdirs: ['test', 'examples', 'bench'],
    commandOptions: { fix: false, extraArgs: ['--max-warnings', '0'] },
  },
  tsconfigDev: {
    compilerOptions: {
      // Tests only strip types; `npm test` checks them once, for all files together.
      isolatedModules: true,
      baseUrl: '..',
      paths: { 'cdk8s-redis-constructs': ['src'] },
    },
    include: ['../examples/**/*.ts', '../bench/**/*.ts'],
  },
});

// Newer ones have a part for each platform, all of which `npm ci` wants in the lock file wherever that was made.
project.deps.removeDependency('eslint-import-resolver-typescript');
project.addDevDeps('eslint-import-resolver-typescript@~3.6.0');

// Nobody who sends a change has to have them: they install themselves, and ubuntu-latest has the Go and the Python that they are made with.
project.buildWorkflow?.addPostBuildSteps({ name: 'Linters of others', run: '.ci/linters/run' });

// What users get is listed: a stray file never reaches them.
project.package.addField('files', ['/.jsii', '/assets', '/lib/**/*.js', '/lib/**/*.d.ts']);

// Imports go one way: index, constructs, options, node.
const zone = (target: string, from: string, message: string) => ({ target, from, message });
project.eslint?.addRules({
  '@stylistic/object-curly-newline': 'off',
  '@stylistic/object-property-newline': 'off',
  // The package's own name is a path of tsconfig.
  'import/no-unresolved': ['error', { ignore: ['^cdk8s-redis-constructs$'] }],
  '@stylistic/max-len': ['error', { code: 170, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true }],
  'import/no-restricted-paths': ['error', {
    zones: [
      zone('./src/node', './src/options', 'node/ knows plain data only'),
      zone('./src/node', './src/!(node|options)*', 'node/ knows plain data only'),
      zone('./src/options', './src/!(node|options)*', 'options know nothing of constructs'),
    ],
  }],
  // jsii drops overloads in silence.
  'no-restricted-syntax': ['error', { selector: 'MethodDefinition[value.type="TSEmptyBodyFunctionExpression"]', message: 'other languages see only the first overload' }],
});

const rosetta = project.addTask('rosetta', {
  description: 'Compiles the snippets of README and docs',
  exec: 'jsii-rosetta extract --strict',
});
const types = project.addTask('check-types', {
  description: 'Checks the types of tests, examples and benchmarks',
  exec: 'tsc --noEmit -p test/tsconfig.json --isolatedModules false',
});
project.testTask.prependSpawn(types);
project.testTask.prependSpawn(rosetta);
project.testTask.prependSpawn(project.compileTask);

// Tests that crash hosts, silence names or load the machine until a cluster breaks would fail all others.
const ALONE = '/(cluster[^/]*|replication)[.]test';
const e2eTogether = project.addTask('e2e:together', {
  description: 'Those tests on a Kubernetes that two can run of at a time',
  exec: `SUMMARY=e2e-together jest --config test/e2e/jest.json --testPathIgnorePatterns '${ALONE}'`,
  receiveArgs: true,
});
const e2eAlone = project.addTask('e2e:alone', {
  description: 'Those that need the Kubernetes for themselves',
  exec: `SUMMARY=e2e-alone jest --config test/e2e/jest.json --runInBand --testPathPattern '${ALONE}'`,
  receiveArgs: true,
});
project.addTask('e2e', {
  description: 'Tests on the Kubernetes that KUBECONFIG points to, in namespaces of their own',
  steps: [{ spawn: e2eTogether.name }, { spawn: e2eAlone.name }],
});
project.addTask('bench', {
  description: 'Load time, synthesis time and memory, beside the same objects in plain cdk8s',
  exec: 'ts-node -T bench/main.ts',
  receiveArgs: true,
});
project.addTask('bench:e2e', {
  description: 'How long a RedisCluster takes to form and to come back, on the Kubernetes that KUBECONFIG points to: medians of some runs',
  exec: 'ts-node -T bench/e2e.ts',
  receiveArgs: true,
});
project.addTask('bench:replication', {
  description: 'The same for a RedisReplication',
  exec: 'ts-node -T bench/e2e-replication.ts',
  receiveArgs: true,
});

project.addTask('bench:soak', {
  description: 'An accident every twenty seconds, for twenty minutes, on the Kubernetes that KUBECONFIG points to: outages, losses, what a healer takes',
  exec: 'ts-node -T bench/soak.ts',
  receiveArgs: true,
});
project.addTask('bench:accidents', {
  description: 'Three hundred random sequences of accidents on real redis-server processes',
  exec: 'ACCIDENTS=300 jest --config test/jest.json --forceExit test/scripts/cluster-accidents',
});

project.synth();
