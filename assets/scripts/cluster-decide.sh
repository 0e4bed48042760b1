# What to do next for a cluster to become its plan: facts on stdin, as
# cluster-form.sh collects them, and orders on stdout. What exists is kept:
# owners of slots, replicas of masters. Nothing that holds data is given
# another role. Orders: epoch, slots, meet and replicate with a pod and
# more, and at last one of wait, stop and done with a text. Exit code: 0.

LC_ALL=C awk '
  BEGIN { n = 0 }

  function say(what, text) {
    print what, text
    ended = 1
    exit
  }

  # The slots of ranges such as 0-99,200 as a set, each with the value.
  function spread(ranges, set, value,   i, count, parts, ends, slot) {
    count = split(ranges, parts, /[ ,]/)
    for (i = 1; i <= count; i++) {
      if (parts[i] !~ /^[0-9]+(-[0-9]+)?$/) continue
      if (split(parts[i], ends, "-") == 1) ends[2] = ends[1]
      for (slot = ends[1] + 0; slot <= ends[2]; slot++) set[slot] = value
    }
  }

  function shown(shard) {
    return "shard " shard " (" ranges[shard] ")"
  }

  function none(id) {
    return id == "-" ? "" : id
  }

  $1 == "shard" { ranges[$2] = $3; spread($3, planned, $2); shards++ }
  $1 == "domain" { domain = "." $2 }
  $1 == "pod" { pods[n++] = $2 }
  $1 == "place" { home[$3] = $2; if ($4 == "master") first[$2] = $3 }
  $1 == "id" { id[$2] = $3; of[$3] = $2; answers++ }
  $1 == "host" { host[$2] = $3 }
  $1 == "keys" { keys[$2] = $3 }
  $1 == "epoch" { epoch[$2] = $3 }
  $1 == "state" { state[$2] = $3 }
  $1 == "sound" { sound[$2] = $3 }
  $1 == "link" { link[$2] = $3 }
  $1 == "trouble" && trouble == "" {
    trouble = $0
    sub(/^trouble /, "", trouble)
    sub(/ /, ": ", trouble)
  }
  $1 == "node" && "," $5 "," !~ /,handshake,/ {
    seen = ""
    for (i = 11; i <= NF; i++) if ($i !~ /^\[/) seen = seen " " $i
    view[$2, $3] = seen
    follows[$2, $3] = none($6)
    named[$2, $3] = index($4, domain)
    lists[$2]++
    witness[++count] = $2; listed[count] = $3; address[count] = $4
    if ($5 ~ /myself/) { claim[$2] = seen; master[$2] = none($6) }
  }

  END {
    if (answers < n) {
      text = answers + 0 " of " n " nodes answer"
      say("wait", trouble == "" ? text : text " (" trouble ")")
    }

    for (i = 1; i <= count; i++) {
      if (listed[i] in of) continue
      # An earlier self of one of our pods is no stranger.
      name = address[i]
      sub(/^[^,]*,/, "", name)
      sub(/,.*/, "", name)
      at = index(name, domain)
      if (!at || at + length(domain) - 1 != length(name)) {
        say("stop", witness[i] " knows " address[i] \
          ", which is no node of this cluster: nothing is done")
      }
      if (view[witness[i], listed[i]] != "") gone[listed[i]] = name
    }

    for (i = 0; i < n; i++) {
      split("", mine)
      spread(claim[pods[i]], mine, 1)
      for (slot in mine) {
        if (slot in owner) {
          say("wait", "slot " slot " is claimed by " owner[slot] \
            " and by " pods[i])
        }
        owner[slot] = pods[i]
        owned++
      }
      if (claim[pods[i]] != "") owners++
    }

    # Which shard is whose.
    if (owned < 16384) {
      for (dead in gone) {
        say("stop", "slots belong to the node " dead " of " gone[dead] \
          ", which is gone: its data would be given up")
      }
      for (slot = 0; slot < 16384; slot++) {
        if (!(slot in owner)) continue
        shard = planned[slot]
        pod = owner[slot]
        if ((shard in lord) && lord[shard] != pod) {
          say("stop", "slots of " shown(shard) " are with " lord[shard] \
            " and with " pod ", which is not the plan")
        }
        if ((pod in fief) && fief[pod] != shard) {
          say("stop", pod " has slots of " shown(fief[pod]) " and of " \
            shown(shard) ", which is not the plan")
        }
        lord[shard] = pod
        fief[pod] = shard
      }
    } else {
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
    }
    for (i = 0; i < n; i++) {
      pod = pods[i]
      if (claim[pod] == "" && master[pod] == "" && keys[pod] > 0) {
        say("stop", pod " holds " keys[pod] " keys and belongs to no" \
          " shard: save them elsewhere and give the pod a blank volume")
      }
      if (master[pod] != "" && !(master[pod] in of)) {
        say("wait", pod " copies " master[pod] ", which is gone")
      }
    }

    # The placement holds where nothing contradicts it. Else each shard
    # takes what is left, first from the host with the fewest masters.
    agrees = 1
    for (shard in lord) if (lord[shard] != first[shard]) agrees = 0
    for (i = 0; i < n; i++) {
      if (master[pods[i]] == "") continue
      if (of[master[pods[i]]] != first[home[pods[i]]]) agrees = 0
    }
    for (shard in lord) load[host[lord[shard]]]++
    for (shard = 0; shard < shards; shard++) {
      if (shard in lord) continue
      best = ""
      for (i = 0; i < n; i++) {
        pod = pods[i]
        if ((pod in fief) || master[pod] != "") continue
        if (agrees && pod != first[shard]) continue
        if (best == "" || load[host[pod]] + 0 < load[host[best]] + 0) {
          best = pod
        }
      }
      if (best == "") say("stop", "no node is left to own " shown(shard))
      lord[shard] = best
      fief[best] = shard
      load[host[best]]++
    }
    for (shard in lord) {
      size[shard] = 1
      there[shard, host[lord[shard]]] = 1
      if (shard + 0 >= shards) shards = shard + 1
    }
    for (i = 0; i < n; i++) {
      if (master[pods[i]] == "") continue
      shard = fief[of[master[pods[i]]]]
      size[shard]++
      there[shard, host[pods[i]]] = 1
      replicas++
    }

    # Slots come first: a node that knows others takes no epoch.
    for (shard = 0; shard < shards && owned < 16384; shard++) {
      pod = lord[shard]
      text = ""
      split("", wanted)
      spread(ranges[shard], wanted, 1)
      for (slot = 0; slot <= 16384; slot++) {
        free = (slot in wanted) && !(slot in owner)
        if (free && !open) text = text " " slot
        if (!free && open) text = text " " slot - 1
        open = free
      }
      if (text == "") continue
      if (lists[pod] == 1 && epoch[pod] == 0) print "epoch", pod, shard + 1
      print "slots", pod text
      busy = 1
    }
    if (busy) say("wait", "slots are given out")

    hub = pods[0]
    for (i = 1; i < n; i++) if (lists[pods[i]] > lists[hub]) hub = pods[i]
    for (i = 0; i < n; i++) {
      pod = pods[i]
      strange = 0
      for (j = 0; j < n; j++) if (!((pod, id[pods[j]]) in view)) strange = 1
      if (!strange) acquainted++
      if (!((hub, id[pod]) in view) || !((pod, id[hub]) in view)) {
        print "meet", hub, pod
      }
    }
    if (acquainted < n) {
      say("wait", acquainted + 0 " of " n " nodes know each other")
    }

    for (i = 0; i < n; i++) {
      pod = pods[i]
      if ((pod in fief) || master[pod] != "") continue
      best = agrees ? home[pod] : 0
      for (shard = 1; shard < shards && !agrees; shard++) {
        apart = !((shard, host[pod]) in there)
        apart = apart && ((best, host[pod]) in there)
        if (size[shard] < size[best] + apart) best = shard
      }
      size[best]++
      there[best, host[pod]] = 1
      print "replicate", pod, lord[best]
      busy = 1
    }
    if (busy) say("wait", "replicas are attached")

    for (i = 0; i < n; i++) {
      pod = pods[i]
      for (j = 0; j < n; j++) {
        other = id[pods[j]]
        unheard = ""
        # Without its name, nobody would find the node at another address.
        if (!named[pod, other]) unheard = "the name of "
        if (follows[pod, other] != master[pods[j]]) {
          unheard = "the master of "
        }
        if (view[pod, other] != claim[pods[j]]) unheard = "the slots of "
        if (unheard != "") {
          say("wait", pod " has not heard yet of " unheard pods[j])
        }
      }
      if (state[pod] != "ok" || sound[pod] != 16384) {
        say("wait", pod " says that the cluster is not ok")
      }
      if (master[pod] != "" && link[pod] != "up") {
        say("wait", pod " copies the data of " of[master[pod]])
      }
    }
    say("done", owners " masters with all slots, " replicas + 0 " replicas")
  }'
