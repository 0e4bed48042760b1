import { Duration, Size, SizeRoundingBehavior } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { quote } from './problems';

export function kibibytes(size: Size): number {
  return size.toKibibytes({ rounding: SizeRoundingBehavior.NONE });
}

/** Seconds of a duration, with a fraction where it has one. */
export function seconds(duration: Duration): number {
  return duration.toMilliseconds() / 1000;
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
  if (!size || (kibibytes(size) >= kibibytes(least) && kibibytes(size) <= 2 ** 50 && Number.isInteger(kibibytes(size)))) return [];
  return [`${quote(property)} is ${size.asString()}: it takes at least ${least.asString()}, in whole kibibytes`];
}

/** A size in the largest unit that shows it in at most two decimals, for messages and comments. */
export function readable(sizeInKibibytes: number): string {
  const units = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi'];
  let [amount, unit] = [sizeInKibibytes, 0];
  while (amount >= 1024 && unit < units.length - 1) [amount, unit] = [amount / 1024, unit + 1];
  return `${Number(amount.toFixed(2))}${units[unit]}`;
}
