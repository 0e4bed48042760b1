# What accidents leave behind in a formed cluster. Needs cluster-facts.awk;
# cluster-decide.awk calls it.

# An answer from an address that went to another node leaves that one's
# epoch with the node that was called: Redis notes it before it looks who
# answers. Whoever has such a view votes for no replica of that node, and
# agrees to no handover, until the node itself has an epoch above.
function raise_epochs(   i, pod, j, high) {
  if (!is_majority(owners)) return
  for (i = 0; i < n; i++) {
    pod = pods[i]
    if (!(pod in id) || claim[pod] == "" || !undisputed(pod)) continue
    high = epoch[pod]
    for (j = 0; j < n; j++) {
      if (seen_epoch[pods[j], id[pod]] > high) {
        high = seen_epoch[pods[j], id[pod]]
      }
    }
    if (high == epoch[pod]) continue
    order(pod, "CLUSTER BUMPEPOCH", pod " takes a new epoch: others have " \
      high " for its " epoch[pod])
    say_later("wait", "epochs are raised")
  }
}

# A master that is being replaced must not get the epoch of its successor.
function undisputed(pod,   j) {
  if (state[pod] != "ok") return 0
  for (j = 0; j < n; j++) {
    if (!(pods[j] in id)) continue
    if (view[pods[j], id[pod]] != claim[pod]) return 0
    if (flags[pods[j], id[pod]] ~ /,(fail|fail\?|noaddr),/) return 0
  }
  return 1
}

# Slots that belong to a node that is not there any more: its replica takes
# over. Redis elects one by itself where it can.
function mend_lost_shards(   i, lost) {
  for (i = 1; i <= views; i++) {
    if (witness[i] != reference) continue
    if (view[reference, listed[i]] == "") continue
    split("", lost)
    if (!find_lost(listed[i], lost)) continue
    if (listed[i] in of) {
      say("wait", reference " has not heard yet of the slots of " \
        of[listed[i]])
    }
    # Its replicas have the only copies: they go nowhere.
    lost_owner[listed[i]] = 1
    mend_lost_shard(listed[i], shown(lost))
  }
}

function mend_lost_shard(who, slots,   pod, best, id_gone, needed) {
  pod = pod_of(called[who])
  best = best_replica(who)
  # Another node runs in its pod, so it never comes back.
  id_gone = pod in id
  needed = id_gone || overlooked(who, best) || stuck(best)
  needed = needed || outvoted(who, best)
  # Who still has a link may be copying a stranger at the old address.
  if (best != "" && needed && !(id_gone && link[best] == "up")) {
    promote(best, who, pod, id_gone)
  } else if (answers < n || best != "") {
    say_later("wait", "slots " slots " are with " \
      (pod == "" ? "a node" : pod) ", which is not there: " who_answers())
  } else if (pod != "" && !(pod in in_plan)) {
    say_later("stop", "slots " slots " are with " pod \
      ", which is not in the plan")
  } else if (!gone_for(reference, who)) {
    say_later("wait", "slots " slots " are with what " \
      (pod == "" ? "a node" : pod) " was before")
  } else give_up(who, pod, slots)
}

# Whether it cannot be elected, since it sees too few masters.
function stuck(pod) {
  return state[pod] == "fail"
}

function find_lost(who, lost,   slot, mine, any) {
  split("", mine)
  spread(view[reference, who], mine, 1)
  for (slot in mine) if (!(slot in owner)) any = lost[slot] = 1
  return any
}

# The one that has copied most. One whose copy may be old is only taken when
# all are there, and one that has none, never.
function best_replica(who,   i, pod, best, better) {
  for (i = 0; i < n; i++) {
    pod = pods[i]
    if (!(pod in id) || master[pod] != who || (pod in bare)) continue
    if ((pod in barred) && answers < n) continue
    better = offset[pod] > offset[best]
    if ((pod in barred) != (best in barred)) better = best in barred
    if (best == "" || better) best = pod
  }
  return best
}

# Nobody elects its replica: that one does not know where the master is, so
# it cannot see it fail, and has waited for it; or clocks were set back, and
# the last answer of the master is one of the future. A master to which
# anybody has a link serves: its replica is only cut off from it.
function overlooked(who, best,   i) {
  if (best == "" || link[best] == "up") return 0
  for (i = 0; i < n; i++) if (linked[pods[i], who]) return 0
  if (best in heir) return 1
  return flags[best, who] !~ /,fail,/ && without_link_for_long(best)
}

# For a majority the master is not there, and still none of its replicas can
# be elected.
function outvoted(who, best,   shard, witnesses, i) {
  if (best == "") return 0
  if (flags[best, who] !~ /,fail,/ && !overlooked(who, best)) return 0
  for (shard in lord) witnesses += gone_for(lord[shard], who)
  if (!is_majority(witnesses)) return 0
  for (i = 0; i < n; i++) {
    if (!(pods[i] in id) || master[pods[i]] != who) continue
    if ((pods[i] in barred) || (pods[i] in bare)) continue
    if (electable(who, pods[i])) return 0
  }
  return !electable(who, best)
}

# Who has a higher epoch for the master than its replica has, does not vote
# for that, and the master cannot take a higher one any more: see
# raise_epochs. One that did not answer may vote.
function electable(who, pod,   i, voter, votes) {
  for (i = 1; i <= views; i++) {
    voter = listed[i]
    if (witness[i] != reference || view[reference, voter] == "") continue
    if (voter == who || gone_for(reference, voter)) continue
    votes++
    if (!(voter in of)) continue
    votes -= seen_epoch[of[voter], who] > seen_epoch[pod, who]
  }
  return is_majority(votes)
}

# Of all masters, also of those that are not there.
function is_majority(count,   i, all) {
  for (i = 1; i <= views; i++) {
    all += witness[i] == reference && view[reference, listed[i]] != ""
  }
  return count * 2 > all
}

# An election begins after one timeout. A time before the link was there was
# taken with a clock that has been set back since. One that does not know
# where its master is does not know the time either.
function without_link_for_long(pod) {
  if (!(pod in down)) return 0
  return down[pod] * 1000 > 3 * usual || down[pod] < -1
}

# Votes are asked for where a majority is left and can give them. Where none
# is left, only a master that never comes back may be replaced: else there
# could be two.
function promote(pod, who, old, id_gone,   how) {
  if (stuck(pod) && !id_gone) {
    say_later("stop", old " is not there, and too few masters are left to" \
      " elect " pod ": if " old " never comes back, CLUSTER FAILOVER" \
      " TAKEOVER in " pod " ends this")
    return
  }
  how = " FORCE"
  if (stuck(pod) || outvoted(who, pod)) how = " TAKEOVER"
  if (id_gone && !electable(who, pod)) how = " TAKEOVER"
  take_over(pod, how, old)
  say_later("wait", pod " takes over from " old)
}

function take_over(pod, how, old) {
  order(pod, "CLUSTER FAILOVER" how, pod " takes over from " old)
}

function give_up(who, pod, slots,   i, text) {
  if (data_loss != "start-empty") {
    say_later("stop", "slots " slots " were with " pod ", whose data are" \
      " lost, and no replica is left: bring back its volume, or accept" \
      " the loss (dataLoss)")
    # For the time when it is accepted.
    reserved[pod] = 1
    return
  }
  text = "slots " slots " of " pod " begin again empty"
  # One that has no copy still follows it, and cannot forget it. The slots
  # are nobody's, so it needs no votes.
  for (i = 0; i < n; i++) {
    if (!(pods[i] in id) || master[pods[i]] != who) continue
    order(pods[i], "CLUSTER FAILOVER TAKEOVER", text)
    say("wait", text)
  }
  for (i = 0; i < n; i++) {
    if (!((pods[i], who) in view)) continue
    order(pods[i], "CLUSTER FORGET " who, pods[i] == reference ? text : "")
  }
  say("wait", text)
}

# A master that was started with a clock that was ahead, and set back since,
# does not serve before that time has come. Its replica does.
function wake_masters(   shard, pod, i, best, busy) {
  for (shard in lord) {
    pod = lord[shard]
    if (state[pod] != "fail" || sound[pod] != 16384) continue
    if (age[pod] >= 0 && age[pod] < settled) continue
    best = ""
    for (i = 0; i < n; i++) {
      if (master_of(pods[i]) != pod || link[pods[i]] != "up") continue
      if (state[pods[i]] == "ok") best = pods[i]
    }
    if (best == "") continue
    take_over(best, "", pod)
    busy = 1
  }
  if (busy) say("wait", "masters move")
}

# Former selves of pods, and pods that the plan has no more.
function forget_the_gone(   i, who, pod, replaced, has_slots) {
  for (i = 1; i <= views; i++) {
    if (view[witness[i], listed[i]] != "") has_slots[listed[i]] = 1
  }
  for (i = 1; i <= views; i++) {
    who = listed[i]
    if ((who in of) || (who in has_slots) || !(witness[i] in id)) continue
    # It will copy another one first.
    if (master[witness[i]] == who) continue
    pod = pod_of(called[who])
    replaced = pod in id
    if (!replaced && (pod in in_plan)) continue
    if (replaced || gone_for(witness[i], who)) {
      order(witness[i], "CLUSTER FORGET " who, \
        witness[i] " forgets " (pod == "" ? who : pod ", as it was"))
    }
  }
}
