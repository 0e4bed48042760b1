# What to do next for a cluster to become its plan: facts on stdin, as cluster-form.sh collects them, and orders on stdout.
# What exists is kept: owners of slots, replicas of masters. Nothing that holds data is ever given another role.
# Orders: `epoch <pod> <number>`, `slots <pod> <first last ...>`, `meet <pod> <pod>`, `replicate <pod> <master>`, and one of
# `wait <why>`, `stop <why>`, `done <what>`. Exit code: 0.

LC_ALL=C awk '
  BEGIN { n = 0 }

  function fail(text) { print "stop " text; ended = 1; exit }

  # The slots of ranges such as 0-99,200 as a set, each with the value given.
  function spread(ranges, set, value,   i, count, parts, ends, slot) {
    count = split(ranges, parts, /[ ,]/)
    for (i = 1; i <= count; i++) {
      if (parts[i] !~ /^[0-9]+(-[0-9]+)?$/) continue
      if (split(parts[i], ends, "-") == 1) ends[2] = ends[1]
      for (slot = ends[1] + 0; slot <= ends[2] + 0; slot++) set[slot] = value
    }
  }

  $1 == "shard" { ranges[$2] = $3; spread($3, planned, $2); shards++; next }
  $1 == "domain" { domain = "." $2; next }
  $1 == "pod" { pods[n] = $2; number[$2] = n++; next }
  $1 == "place" { home[$3] = $2; if ($4 == "master") first[$2] = $3; next }
  $1 == "id" { id[$2] = $3; of[$3] = $2; answers++; next }
  $1 == "host" { host[$2] = $3; next }
  $1 == "trouble" { pod = $2; sub(/^trouble [^ ]+ /, ""); if (trouble == "") trouble = pod ": " $0; next }
  $1 == "keys" { keys[$2] = $3; next }
  $1 == "epoch" { epoch[$2] = $3; next }
  $1 == "state" { state[$2] = $3; next }
  $1 == "sound" { sound[$2] = $3; next }
  $1 == "link" { link[$2] = $3; next }
  $1 == "node" && "," $5 "," !~ /,handshake,/ {
    seen = ""
    for (i = 11; i <= NF; i++) if ($i !~ /^\[/) seen = seen " " $i
    view[$2, $3] = seen; follows[$2, $3] = $6 == "-" ? "" : $6; named[$2, $3] = index($4, domain); lists[$2]++; lines[++count] = $2 " " $3 " " $4 " " (seen == "" ? 0 : 1)
    if ($5 ~ /myself/) { claim[$2] = seen; master[$2] = $6 == "-" ? "" : $6 }
  }

  END {
    if (ended) exit
    if (answers < n) { print "wait " answers + 0 " of " n " nodes answer" (trouble == "" ? "" : " (" trouble ")"); exit }

    for (i = 1; i <= count; i++) {
      split(lines[i], word, " ")
      if (word[2] in of) continue
      # An earlier self of one of our pods is no stranger.
      name = word[3]; sub(/^[^,]*,/, "", name); sub(/,.*/, "", name)
      at = index(name, domain)
      if (!at || at + length(domain) - 1 != length(name)) {
        fail(word[1] " knows " word[3] ", which is no node of this cluster: nothing is done")
      }
      if (word[4]) gone[word[2]] = name
    }

    for (i = 0; i < n; i++) {
      split("", mine); spread(claim[pods[i]], mine, 1)
      for (slot in mine) {
        if (slot in owner) { print "wait slot " slot " is claimed by " owner[slot] " and by " pods[i]; exit }
        owner[slot] = pods[i]; owned++
      }
    }

    # Which shard is whose.
    for (i = 0; i < n; i++) if (claim[pods[i]] != "") owners++
    if (owned < 16384) {
      for (dead in gone) fail("slots belong to the node " dead " of " gone[dead] ", which is gone: its data would be given up")
      for (slot = 0; slot < 16384; slot++) {
        if (!(slot in owner)) continue
        shard = planned[slot]; pod = owner[slot]
        if ((shard in lord) && lord[shard] != pod) {
          fail("slots of shard " shard " (" ranges[shard] ") are with " lord[shard] " and with " pod ", which is not the plan")
        }
        if ((pod in fief) && fief[pod] != shard) fail(pod " has slots of shard " fief[pod] " and of shard " shard ", which is not the plan")
        lord[shard] = pod; fief[pod] = shard
      }
    } else {
      for (shard in first) should[first[shard]] = shard
      as_placed = owners == shards
      for (i = 0; i < n; i++) if (claim[pods[i]] != "" && !(pods[i] in should)) as_placed = 0
      next_shard = 0
      for (i = 0; i < n; i++) {
        if (claim[pods[i]] == "") continue
        shard = as_placed ? should[pods[i]] : next_shard++
        lord[shard] = pods[i]; fief[pods[i]] = shard
      }
    }
    for (i = 0; i < n; i++) {
      pod = pods[i]
      if (claim[pod] == "" && master[pod] == "" && keys[pod] > 0) {
        fail(pod " holds " keys[pod] " keys and belongs to no shard: save them elsewhere and give the pod a blank volume")
      }
      if (master[pod] != "" && !(master[pod] in of)) { print "wait " pod " is a replica of " master[pod] ", which is gone"; exit }
    }

    # The placement holds where nothing contradicts it. Else each shard takes what is left, first from the host with the fewest.
    agrees = 1
    for (shard in lord) if (lord[shard] != first[shard]) agrees = 0
    for (i = 0; i < n; i++) if (master[pods[i]] != "" && of[master[pods[i]]] != first[home[pods[i]]]) agrees = 0
    for (shard in lord) loads[host[lord[shard]]]++
    for (shard = 0; shard < shards; shard++) {
      if (shard in lord) continue
      best = ""
      for (i = 0; i < n; i++) {
        pod = pods[i]
        if ((pod in fief) || master[pod] != "" || (agrees && pod != first[shard])) continue
        if (best == "" || loads[host[pod]] + 0 < loads[host[best]] + 0) best = pod
      }
      if (best == "") fail("no node is left to own shard " shard " (" ranges[shard] ")")
      lord[shard] = best; fief[best] = shard; loads[host[best]]++
    }
    for (shard in lord) { size[shard] = 1; there[shard, host[lord[shard]]] = 1; if (shard + 0 >= shards) shards = shard + 1 }
    for (i = 0; i < n; i++) {
      if (master[pods[i]] == "") continue
      shard = fief[of[master[pods[i]]]]; size[shard]++; there[shard, host[pods[i]]] = 1; replicas++
    }

    # Slots come first: a node that knows others takes no epoch.
    for (shard = 0; shard < shards && owned < 16384; shard++) {
      pod = lord[shard]; text = ""
      split("", wanted); spread(ranges[shard], wanted, 1)
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
    if (busy) { print "wait slots are given out"; exit }

    hub = pods[0]
    for (i = 1; i < n; i++) if (lists[pods[i]] > lists[hub]) hub = pods[i]
    for (i = 0; i < n; i++) {
      for (j = 0; j < n; j++) if (!((pods[i], id[pods[j]]) in view)) strangers[i] = 1
      if (!strangers[i]) acquainted++
      if (!((hub, id[pods[i]]) in view) || !((pods[i], id[hub]) in view)) print "meet", hub, pods[i]
    }
    if (acquainted < n) { print "wait " acquainted + 0 " of " n " nodes know each other"; exit }

    for (i = 0; i < n; i++) {
      pod = pods[i]
      if ((pod in fief) || master[pod] != "") continue
      best = -1
      for (shard = 0; shard < shards; shard++) {
        if (agrees) { if (home[pod] == shard) best = shard; continue }
        if (best < 0 || size[shard] < size[best] ||
          (size[shard] == size[best] && ((best, host[pod]) in there) && !((shard, host[pod]) in there))) best = shard
      }
      size[best]++; there[best, host[pod]] = 1
      print "replicate", pod, lord[best]
      busy = 1
    }
    if (busy) { print "wait replicas are attached"; exit }

    for (i = 0; i < n; i++) {
      pod = pods[i]
      for (j = 0; j < n; j++) {
        if (follows[pod, id[pods[j]]] != master[pods[j]]) { print "wait " pod " has not heard yet whom " pods[j] " copies"; exit }
        # Without its name, nobody would find the node at another address.
        if (!named[pod, id[pods[j]]]) { print "wait " pod " has not heard yet how " pods[j] " is called"; exit }
        if (view[pod, id[pods[j]]] != claim[pods[j]]) { print "wait " pod " has not heard yet which slots " pods[j] " owns"; exit }
      }
      if (state[pod] != "ok" || sound[pod] != 16384) { print "wait " pod " says that the cluster is not ok"; exit }
      if (master[pod] != "" && link[pod] != "up") { print "wait " pod " copies the data of " of[master[pod]]; exit }
    }
    print "done " owners " masters with all slots, " replicas + 0 " replicas"
  }'
