# What to do next for a cluster to become its plan. Needs cluster-facts.awk,
# cluster-refuse.awk, cluster-speech.awk, cluster-mend.awk and
# cluster-improve.awk. What exists is kept: owners of slots, replicas of
# masters. Nothing that holds data is given another role.

# A master serves only after it has seen a majority for its node timeout.
# Whoever gets slots while it is alone is the majority, and the failure of
# nobody: for that moment it takes the shortest timeout that counts, with a
# value that no person would set.
BEGIN { hasty = 501 }

END {
  refuse_strangers()
  change_speech()
  reference = find_reference()
  if (reference != "") refuse_other_clusters()
  if (reference == "" && answers < n) say("wait", who_answers())
  count_slots()
  if (reference == "") find_beginnings()
  else find_shards()
  refuse_keys()
  placed = answers == n && agrees_with_placement()
  if (reference == "") {
    find_masters()
    give_slots()
  }
  usual_timeouts()
  if (reference != "") {
    raise_epochs()
    mend_lost_shards()
  }
  free_followers()
  forget_the_gone()
  introduce()
  attach_replicas()
  if (later != "") say_again()
  if (mode == "tend") wake_masters()
  expect_agreement()
  save_blank_masters()
  if (mode == "tend") improve_places()
  expect_speech()
  say("done", owners " masters with all slots, " replicas + 0 " replicas")
}

function shard_text(shard) {
  return "shard " shard " (" ranges[shard] ")"
}

# A node in whose eyes all slots have an owner, if there is any: then the
# cluster was formed. One of those that serve, where there is one.
function find_reference(   i, pod, best) {
  for (i = 0; i < n; i++) {
    pod = pods[i]
    if (assigned[pod] + 0 != 16384 || lists[pod] < 2) continue
    if (best != "" && (state[best] == "ok" || state[pod] != "ok")) continue
    best = pod
  }
  return best
}

function count_slots(   i, mine, slot, met) {
  for (i = 0; i < n; i++) {
    split("", mine)
    spread(claim[pods[i]], mine, 1)
    for (slot in mine) {
      if (slot in owner) {
        # Redis decides it among those who know each other. If others were
        # to meet, it would throw away the keys of one.
        met = (pods[i], id[owner[slot]]) in view
        met = met || ((owner[slot], id[pods[i]]) in view)
        say(met ? "wait" : "stop", "slot " slot " is claimed by " \
          owner[slot] " and by " pods[i])
      }
      owner[slot] = pods[i]
      owned++
    }
    if (claim[pods[i]] != "") owners++
  }
}

# Which shard is whose, where some slots were given out.
function find_beginnings(   i, slot, shard, pod) {
  for (i = 1; i <= views; i++) {
    if ((listed[i] in of) || view[witness[i], listed[i]] == "") continue
    say("stop", "slots belong to the node " listed[i] " of " \
      called[listed[i]] ", which is gone: its data would be given up")
  }
  if (owned == 16384) { find_shards(); return }
  for (slot = 0; slot < 16384; slot++) {
    if (!(slot in owner)) continue
    shard = planned[slot]
    pod = owner[slot]
    if ((shard in lord) && lord[shard] != pod) {
      say("stop", "slots of " shard_text(shard) " are with " lord[shard] \
        " and with " pod ", which is not the plan")
    }
    if ((pod in fief) && fief[pod] != shard) {
      say("stop", pod " has slots of " shard_text(fief[pod]) " and of " \
        shard_text(shard) ", which is not the plan")
    }
    lord[shard] = pod
    fief[pod] = shard
  }
}

# Which shard is whose in a formed cluster: as the placement has it where
# that is so, else as they come.
function find_shards(   i, shard, should, as_placed, next_shard) {
  for (shard in first) should[first[shard]] = shard
  as_placed = owners == shards
  for (i = 0; i < n; i++) {
    if (claim[pods[i]] != "" && !(pods[i] in should)) as_placed = 0
  }
  next_shard = 0
  for (i = 0; i < n; i++) {
    if (claim[pods[i]] == "") continue
    shard = as_placed ? should[pods[i]] : next_shard++
    lord[shard] = pods[i]
    fief[pods[i]] = shard
  }
  shards = owners
}

# The placement holds where nothing contradicts it. Else each shard takes
# what is left, first from the host with the fewest masters.
function agrees_with_placement(   i, shard) {
  for (shard in lord) if (lord[shard] != first[shard]) return 0
  for (i = 0; i < n; i++) {
    if (master[pods[i]] == "") continue
    if (master_of(pods[i]) != first[home[pods[i]]]) return 0
  }
  return 1
}

function find_masters(   i, shard, pod, best, load) {
  for (shard in lord) load[host[lord[shard]]]++
  for (shard = 0; shard < shards; shard++) {
    if (shard in lord) continue
    best = ""
    for (i = 0; i < n; i++) {
      pod = pods[i]
      if ((pod in fief) || master[pod] != "") continue
      if (placed && pod != first[shard]) continue
      if (best == "" || load[host[pod]] + 0 < load[host[best]] + 0) {
        best = pod
      }
    }
    if (best == "") say("stop", "no node is left to own " shard_text(shard))
    lord[shard] = best
    fief[best] = shard
    load[host[best]]++
  }
}

# Slots come before meetings: a node that knows others takes no epoch.
function give_slots(   shard, pod, text, wanted, rest, slot, open, free,
    busy) {
  for (shard = 0; shard < shards && owned < 16384; shard++) {
    pod = lord[shard]
    text = ""
    split("", wanted)
    split("", rest)
    spread(ranges[shard], wanted, 1)
    for (slot = 0; slot <= 16384; slot++) {
      free = (slot in wanted) && !(slot in owner)
      if (free) rest[slot] = 1
      if (free && !open) text = text " " slot
      if (!free && open) text = text " " slot - 1
      open = free
    }
    if (text == "") continue
    if (lists[pod] == 1) {
      if (epoch[pod] == 0) order(pod, "CLUSTER SET-CONFIG-EPOCH " shard + 1)
      order(pod, "CONFIG SET cluster-node-timeout " hasty)
    }
    order(pod, "CLUSTER ADDSLOTSRANGE" text, "slots " shown(rest) \
      " given to " pod)
    busy = given[pod] = 1
  }
  if (busy) say("wait", "slots are given out")
}

function usual_timeouts(   i, pod, busy) {
  for (i = 0; i < n; i++) {
    pod = pods[i]
    if (timeout[pod] != hasty) continue
    busy = 1
    if (claim[pod] == "" || state[pod] == "ok" || lists[pod] > 1) {
      order(pod, "CONFIG SET cluster-node-timeout " usual)
    }
  }
  if (busy) say("wait", "slots are given out")
}

# Who copies a node without slots is as free as that one, and so is who
# copies a copy: what it has is with the master too.
function free_followers(   i, pod, free) {
  for (i = 0; i < n; i++) {
    pod = pods[i]
    if (master[pod] == "" || (master_of(pod) in fief)) continue
    if (master[pod] in lost_owner) continue
    free[pod] = reference != "" || keys[pod] + 0 == 0
    if (source_of(pod) in fief) free[pod] = 1
  }
  for (pod in free) {
    if (!free[pod]) say("wait", pod " copies a node that has no slots")
    master[pod] = ""
  }
}

# Where a chain of copies begins, if all of them have copied.
function source_of(pod,   links) {
  for (links = 0; master[pod] != ""; links++) {
    if (links > n || link[pod] != "up") return ""
    pod = master_of(pod)
  }
  return pod
}

# Each who does not know another one meets it: one of two is enough.
function introduce(   i, j, pod, other, last, strange, strangers) {
  for (i = 0; i < n; i++) {
    pod = pods[i]
    if (!(pod in id)) continue
    strange = 0
    strangers = last = ""
    for (j = 0; j < n; j++) {
      other = pods[j]
      # Listed is not enough: who was restarted at another address before
      # its name was heard is found by nobody else.
      if (!(other in id) || linked[pod, id[other]]) continue
      strange = 1
      if (i < j || linked[other, id[pod]]) {
        strangers = strangers " " other
        if (last != "") meet(pod, last)
        last = other
      }
    }
    if (!strange) acquainted++
    if (last == "") continue
    meet(pod, last, pod " meets" strangers)
  }
  if (acquainted + 0 < answers) {
    say("wait", acquainted + 0 " of " n " nodes know each other")
  }
}

# Replicas that are away for now: their shard lacks none.
function count_away(   i, who, pod, from) {
  for (i = 1; i <= views; i++) {
    who = listed[i]
    pod = pod_of(called[who])
    if (witness[i] != reference || (pod in id)) continue
    if (!(pod in in_plan)) continue
    from = follows[reference, who]
    if (from in of) size[fief[of[from]]]++
  }
}

function attach_replicas(   i, pod, shard, best, apart, busy) {
  if (reference != "") count_away()
  for (shard in lord) {
    size[shard]++
    there[shard, host[lord[shard]]] = 1
    if (shard + 0 >= shards) shards = shard + 1
  }
  for (i = 0; i < n; i++) {
    if (!(master_of(pods[i]) in fief)) continue
    shard = fief[master_of(pods[i])]
    size[shard]++
    there[shard, host[pods[i]]] = 1
    replicas++
  }
  for (i = 0; i < n; i++) {
    pod = pods[i]
    if (!(pod in id) || (pod in fief) || master[pod] != "") continue
    if (pod in reserved) continue
    best = placed && (home[pod] in lord) ? home[pod] : ""
    for (shard = 0; shard < shards && !placed; shard++) {
      if (!(shard in lord)) continue
      if (best == "") { best = shard; continue }
      apart = !((shard, host[pod]) in there)
      apart = apart && ((best, host[pod]) in there)
      if (size[shard] < size[best] + apart) best = shard
    }
    if (best == "") continue
    size[best]++
    there[best, host[pod]] = 1
    copy(pod, lord[best])
    busy = 1
  }
  if (busy) say("wait", "replicas are attached")
}

# A master without any file would seem to have lost its data.
function save_blank_masters(   pod) {
  for (pod in fief) if (pod in unsaved) order(pod, "BGSAVE")
}

function expect_agreement(   i, j, pod, other, unheard) {
  if (answers < n) say("wait", who_answers())
  for (i = 0; i < n; i++) {
    pod = pods[i]
    for (j = 0; j < n; j++) {
      other = id[pods[j]]
      unheard = ""
      # Without its name, nobody would find the node at another address.
      if (pod_of(named[pod, other]) == "") unheard = "the name of "
      if (follows[pod, other] != master[pods[j]]) unheard = "the master of "
      if (view[pod, other] != claim[pods[j]]) unheard = "the slots of "
      if (unheard != "") {
        say("wait", pod " has not heard yet of " unheard pods[j])
      }
    }
    if (state[pod] != "ok" || sound[pod] != 16384) {
      say("wait", pod " says that the cluster is not ok")
    }
    if (master[pod] != "" && link[pod] != "up") {
      say("wait", pod " copies the data of " master_of(pod))
    }
  }
}
