// Judges what the linters said of the files in the directory that is given, as `run` left it there. A finding fails its file unless a
// line of `exceptions` excuses it.
const fs = require('fs');
const path = require('path');
const yaml = require('yaml');

const directory = process.argv[2];
const exceptions = readExceptions(path.join(__dirname, 'exceptions'));
const files = fs.readdirSync(directory).filter((name) => name.endsWith('.yaml'));
const total = { passed: 0, failed: 0 };
let unread = 0;
if (files.length === 0) fail('there is no YAML to look at');

for (const [linter, read] of Object.entries({ 'kube-score': readKubeScore, 'checkov': readCheckov })) {
  let checks = 0;
  let excused = 0;
  for (const name of files) {
    const file = path.join(directory, name);
    const problems = [];
    try {
      const { passed, findings } = read(JSON.parse(fs.readFileSync(`${file}.${linter}`, 'utf8')), manifests(file));
      if (passed === 0) problems.push('no check passed: it did not understand the file');
      for (const finding of findings) {
        const excuse = excuseFor(linter, finding);
        if (excuse) {
          excuse.excused = true;
          excused += 1;
        } else {
          problems.push(`${finding.check}: ${finding.message} (${finding.where})`);
        }
      }
      checks += passed;
    } catch (error) {
      unread += 1;
      problems.push(`no answer that can be read: ${error.message}`);
    }
    for (const problem of problems) console.log(`${name}: ${linter}: ${problem}`);
    total[problems.length === 0 ? 'passed' : 'failed'] += 1;
  }
  console.log(`${linter}: ${files.length} files, ${checks} checks passed, ${excused} findings excused`);
}

// Whether one is needed is known once all was read.
for (const { linter, check, places } of exceptions) {
  for (const { place, excused } of places) {
    if (!excused && unread === 0) fail(`exception that excuses nothing, to be deleted: ${linter} | ${check} | ${place}`);
  }
}

fs.mkdirSync('test-reports', { recursive: true });
fs.writeFileSync(path.join('test-reports', 'linters.json'), JSON.stringify(total));
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;

function fail(problem) {
  console.log(problem);
  total.failed += 1;
}

/** Lines of `linter | check | where | reason`. The reason is for those who read, so only its absence matters. */
function readExceptions(file) {
  const lines = fs.readFileSync(file, 'utf8').split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [linter, check, where, reason] = line.split('|').map((part) => part.trim());
    if (!reason) throw new Error(`an exception is 'linter | check | where | reason', but this is: ${line}`);
    return { linter, check, places: where.split(',').map((place) => ({ place: place.trim(), excused: false })) };
  });
}

/** The first place of an exception that covers the finding: its check with or without the message, and where it is. */
function excuseFor(linter, { check, message, where }) {
  return exceptions
    .filter((exception) => exception.linter === linter && [check, `${check}: ${message}`].includes(exception.check))
    .flatMap(({ places }) => places)
    .find(({ place }) => place === 'all' || glob(place).test(where));
}

/** `*` is any number of characters. A place without a container stands for all of its containers. */
function glob(place) {
  return new RegExp(`^${place.replace(/[.+?^${}()[\]\\]/g, '\\$&').replaceAll('*', '[^:]*')}(:.*)?$`);
}

function manifests(file) {
  return yaml.parseAllDocuments(fs.readFileSync(file, 'utf8')).map((document) => document.toJSON());
}

/** A grade of 10 is a pass; 5 and 7 are warnings, and 1 is critical. */
function readKubeScore(objects) {
  const graded = objects.flatMap(({ type_meta: { kind }, object_meta: { metadata, name = metadata?.name }, checks }) =>
    checks.filter(({ skipped }) => !skipped).map((result) => ({ ...result, object: `${kind}/${name}` })));
  return {
    passed: graded.filter(({ grade }) => grade === 10).length,
    findings: graded.filter(({ grade }) => grade < 10).flatMap(({ check, comments, object }) =>
      (comments ?? [{ summary: check.comment }]).map(({ path: container, summary }) => (
        { check: check.id, message: summary, where: container ? `${object}:${container}` : object }))),
  };
}

/** It names an object by its kind, namespace and name, and a container by its number: the first one that fails. */
function readCheckov({ results, summary }, objects) {
  const findings = results.failed_checks.map(({ check_id: check, check_name: message, check_result: result, resource }) => {
    const [kind, , name] = resource.split('.');
    const spec = objects.find((object) => object.kind === kind && object.metadata.name === name)?.spec;
    const [, list, index] = /\b(containers|initContainers)\/\[(\d+)\]/.exec(result.evaluated_keys.join(' ')) ?? [];
    const container = list && (spec?.template?.spec ?? spec)[list][index].name;
    return { check, message, where: container ? `${kind}/${name}:${container}` : `${kind}/${name}` };
  });
  if (summary.parsing_errors + summary.skipped > 0) throw new Error(`${summary.parsing_errors} not parsed, ${summary.skipped} skipped`);
  return { passed: summary.passed, findings };
}
