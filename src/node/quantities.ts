import { Duration, Size, SizeRoundingBehavior } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { quote } from './problems';

/** Whether a value is a size. Not instanceof: an app may have cdk8s twice. */
export function isSize(value: unknown): value is Size {
  return typeof (value as Partial<Size> | undefined | null)?.toKibibytes === 'function';
}

/** Whether a value is a duration. Not instanceof: an app may have cdk8s twice. */
export function isDuration(value: unknown): value is Duration {
  return typeof (value as Partial<Duration> | undefined | null)?.toMilliseconds === 'function';
}

/** A size, or nothing for what JavaScript gave in its place, which is reported as a problem elsewhere. */
export function asSize(value: unknown): Size | undefined {
  return isSize(value) ? value : undefined;
}

/** NaN for what JavaScript gave in place of a size, which is reported as a problem elsewhere. */
export function kibibytes(size: Size): number {
  return isSize(size) ? size.toKibibytes({ rounding: SizeRoundingBehavior.NONE }) : NaN;
}

/** Seconds of a duration, with a fraction where it has one. NaN for what JavaScript gave in its place. */
export function seconds(duration: Duration): number {
  return isDuration(duration) ? duration.toMilliseconds({ integral: false }) / 1000 : NaN;
}

/** L1 classes turn anything but their own Quantity into `{}`, without a word. */
export function quantity(size: Size): k8s.Quantity {
  return k8s.Quantity.fromString(size.asString());
}

export function cores(amount: number): k8s.Quantity {
  return k8s.Quantity.fromString(`${Math.round(amount * 1000)}m`);
}

/** What is wrong with a size that must be at least something. */
export function sizeProblems(property: string, size: Size | undefined, least: Size): string[] {
  if (size === undefined) return [];
  if (!isSize(size)) return [`${quote(property)} is ${quote(size)}: it takes a Size, such as Size.mebibytes(256)`];
  const amount = kibibytes(size);
  if (amount >= kibibytes(least) && amount <= 2 ** 50 && Number.isInteger(amount)) return [];
  return [`${quote(property)} is ${size.asString()}: it takes at least ${least.asString()}, in whole kibibytes`];
}

/** A size in the largest unit that shows it in at most two decimals, for messages and comments. */
export function readable(sizeInKibibytes: number): string {
  const units = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi'];
  let [amount, unit] = [sizeInKibibytes, 0];
  while (amount >= 1024 && unit < units.length - 1) [amount, unit] = [amount / 1024, unit + 1];
  return `${Number(amount.toFixed(2))}${units[unit]}`;
}
