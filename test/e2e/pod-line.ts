/** A pod in a line, for who reads only the beginning of what went wrong: whether it is ready or leaving, where it is, and what each container does. */
export function podLine({ metadata, spec, status }: any): string {
  const ready = (status.conditions ?? []).some(({ type, status: is }: any) => type === 'Ready' && is === 'True');
  // The moment by which its time is over.
  const leaving = metadata.deletionTimestamp && `, deletionTimestamp ${metadata.deletionTimestamp} (grace ${metadata.deletionGracePeriodSeconds} s)`;
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(containerWords);
  return `${metadata.name}: ${status.phase}, ${ready ? 'ready' : 'not ready'}${leaving ?? ''}, on ${spec.nodeName ?? 'no host'} at ${status.podIP ?? 'no address'}: ${containers.join(', ')}`;
}

function containerWords({ name, state, restartCount }: any): string {
  const [is, { reason = '', exitCode = '' }] = Object.entries<any>(state ?? {})[0] ?? ['unknown', {}];
  return [name, is, reason, exitCode, restartCount > 0 ? `(${restartCount} restarts)` : ''].filter((word) => word !== '').join(' ');
}
