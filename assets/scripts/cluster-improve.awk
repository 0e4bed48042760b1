# Better hosts for the nodes of a cluster that is well. Needs
# cluster-facts.awk; cluster-decide.awk calls it.

# One thing at a time, and only when all is well: a replica that copies
# anew is none for that while.
function improve_places() {
  # Not in a rolling restart; but a host that would take the majority of the
  # masters with it can wait for nothing.
  if (unsettled) {
    leave_majority()
    return
  }
  level_replicas()
  part_shards()
  spread_masters()
}

# A shard that has more replicas than its share gives one to a shard that
# lacks one.
function level_replicas(   i, shard, poor, pod, best) {
  poor = ""
  for (shard in lord) {
    if (size[shard] > replicas_planned) continue
    if (poor == "" || size[shard] < size[poor]) poor = shard
  }
  if (poor == "") return
  for (i = 0; i < n; i++) {
    pod = pods[i]
    if (master[pod] == "") continue
    if (size[fief[master_of(pod)]] <= replicas_planned + 1) continue
    if (best == "" || shares(pod, poor) < shares(best, poor)) best = pod
  }
  if (best == "") return
  copy(best, lord[poor])
  say("wait", "replicas move")
}

# How many other nodes of the shard are on the pod's host.
function shares(pod, shard,   i, count) {
  for (i = 0; i < n; i++) {
    if (pods[i] == pod || host[pods[i]] != host[pod]) continue
    if (shard_of(pods[i]) == shard) count++
  }
  return count + 0
}

function shard_of(pod) {
  return master[pod] == "" ? fief[pod] : fief[master_of(pod)]
}

# Two nodes of a shard on one host, where a swap of two replicas parts them.
# The first step makes one shard richer; level_replicas takes the second.
function part_shards(   i, j, one, other, from, to, before, after) {
  for (i = 0; i < n; i++) {
    one = pods[i]
    from = shard_of(one)
    if (master[one] == "" || host[one] == "-") continue
    if (!shares(one, from)) continue
    for (j = 0; j < n; j++) {
      other = pods[j]
      to = shard_of(other)
      if (master[other] == "" || to == from) continue
      if (host[other] == host[one]) continue
      before = shares(one, from) + shares(other, to)
      after = shares(one, to) + shares(other, from)
      if (after >= before) continue
      copy(one, lord[to])
      say("wait", "replicas move")
    }
  }
}

# How many masters each host has, and which one has most of them; none where
# the hosts are not known.
function most_loaded(load,   i, shard, where, top) {
  for (i = 0; i < n; i++) load[host[pods[i]]] += 0
  for (shard in lord) {
    where = host[lord[shard]]
    if (where == "-") return ""
    if (++load[where] > load[top]) top = where
  }
  return top
}

function leave_majority(   load, top) {
  top = most_loaded(load)
  if (top != "" && load[top] * 2 > owners) spread_masters()
}

# Masters that pile up on a host go to one that has two less, or by way of
# others that pass one on: the last one of them first.
function spread_masters(   load, top, i, from, to, queue, head, tail, came,
    pod) {
  top = most_loaded(load)
  if (top == "") return
  queue[tail++] = top
  came[top] = ""
  while (head < tail) {
    from = queue[head++]
    for (i = 0; i < n; i++) {
      pod = pods[i]
      if (master[pod] == "" || host[master_of(pod)] != from) continue
      to = host[pod]
      if (to in came) continue
      came[to] = from
      if (load[to] <= load[top] - 2) {
        take_over(pod, "", master_of(pod))
        say("wait", "masters move")
      }
      queue[tail++] = to
    }
  }
}
