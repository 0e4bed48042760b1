import { Cron } from 'cdk8s';
import { cronProblems, usualClassNameProblems } from '../../src/options/longhorn';

const cron = (expressionString: unknown) => ({ expressionString }) as Cron;

describe('a schedule', () => {
  test.each([
    '* * * * *', '0 0 * * 0', '59 23 31 12 6', '*/15 * * * *', '0-30/5 8-18 * * mon-fri', '0,30 0 1 JAN,jul *', '5/10 * * * *', '00 09 * * *',
  ])('is taken as %j', (text) => {
    expect(cronProblems('snapshots.schedule', cron(text))).toEqual([]);
  });

  test('is taken as cdk8s makes it', () => {
    const made = [Cron.everyMinute(), Cron.hourly(), Cron.daily(), Cron.weekly(), Cron.monthly(), Cron.annually(), Cron.schedule({ minute: '*/5', weekDay: 'SAT' })];
    expect(made.flatMap((each) => cronProblems('snapshots.schedule', each))).toEqual([]);
  });

  test.each([
    '60 * * * *', '* 24 * * *', '* * 0 * *', '* * 32 * *', '* * * 0 *', '* * * 13 *', '* * * * 7', '* * * * sunday', 'jan * * * *', '-1 * * * *', '5-1 * * * *',
    '*/0 * * * *', '*/ * * * *', '*/2/2 * * * *', '1-2-3 * * * *', '1, * * * *', ', * * * *', '1.5 * * * *', '*-5 * * * *', 'x * * * *', '? * * * *', '1\n * * * *',
  ])('is refused as %j', (text) => {
    expect(cronProblems('snapshots.schedule', cron(text))).toHaveLength(1);
  });

  test.each<[unknown, string]>([
    [cron('61 * * * *'), '\'snapshots.schedule\' has the minute \'61\': it takes numbers from 0 to 59, such as \'*\', \'1\', \'1-5\', \'*/2\' or several with commas between them'],
    [cron('* * * foo *'), '\'snapshots.schedule\' has the month \'foo\': it takes numbers from 1 to 12 or names from jan to dec, such as \'*\', \'2\', \'2-6\', \'*/2\' or several with commas between them'],
    [cron('@daily'), '\'snapshots.schedule\' is \'@daily\': it takes five fields, for minute, hour, day, month and day of the week, without spaces in them'],
    [cron('1 2 * * * *'), '\'snapshots.schedule\' is \'1 2 * * * *\': it takes five fields, for minute, hour, day, month and day of the week, without spaces in them'],
    ['0 0 * * *', '\'snapshots.schedule\' is \'0 0 * * *\': it takes a Cron, such as Cron.daily()'],
    [undefined, '\'snapshots.schedule\' is undefined: it takes a Cron, such as Cron.daily()'],
    [{}, '\'snapshots.schedule\' is {}: it takes a Cron, such as Cron.daily()'],
  ])('of %j is refused in the words of the user', (value, problem) => {
    expect(cronProblems('snapshots.schedule', value as Cron)).toEqual([problem]);
  });

  test('says everything that is wrong', () => {
    expect(cronProblems('snapshots.schedule', cron('61 25 * * 9'))).toHaveLength(3);
  });
});

test('a class of its own never gets the name of Longhorn\'s', () => {
  expect(usualClassNameProblems('ownClass', {}, 'longhorn')).toEqual([
    '\'ownClass\' would get the name \'longhorn\', which is the class that Longhorn installs: give \'ownClass.name\'',
  ]);
  expect(usualClassNameProblems('ownClass', { name: 'mine' }, 'longhorn')).toEqual([]);
  expect(usualClassNameProblems('ownClass', undefined, 'longhorn')).toEqual([]);
  expect(usualClassNameProblems('ownClass', {}, 'shop-longhorn')).toEqual([]);
});
