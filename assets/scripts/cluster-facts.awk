# The facts of cluster-look.sh and the plan, as tables, for
# cluster-decide.awk and what it calls. A view is what one node says of
# another.

BEGIN { n = 0; shards = 0 }

# Ends with what there is to wait for, why nothing is done, or that all is
# well.
function say(what, text) {
  print what, text
  exit
}

# What there is to say at the end, where the rest can be mended meanwhile. A
# Job says it at once.
function say_later(what, text) {
  if (mode != "tend") say(what, text)
  if (later == "" || what == "stop") later = what " " text
}

function say_again(   what) {
  what = later
  sub(/ .*/, "", what)
  sub(/^[^ ]* /, "", later)
  say(what, later)
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

# A set of slots as 0-99,200.
function shown(set,   slot, first, text) {
  first = -1
  for (slot = 0; slot <= 16384; slot++) {
    if (slot in set && first < 0) first = slot
    if (slot in set || first < 0) continue
    text = text (text == "" ? "" : ",") first
    if (slot - 1 > first) text = text "-" slot - 1
    first = -1
  }
  return text
}

# The other one is a peer that must still be where it was.
function order(pod, command, text, other) {
  if (other == "") other = "-"
  printf "order\t%s\t%s\t%s\t%s\n", pod, other, command, text
}

function meet(pod, other, text) {
  order(pod, "CLUSTER MEET " at[other] " " ports, text, other)
}

# Nobody may elect it before it has copied what was written so far: its
# healer sees to the rest.
function copy(pod, from) {
  order(pod, "CLUSTER REPLICATE " id[from], pod " copies " from)
  if (healing == "none" || reference == "") return
  order(pod, "CONFIG SET cluster-replica-no-failover yes")
  order(pod, "CONFIG SET replica-priority 1")
}

# As if it were not there.
function leave_alone(pod) {
  delete of[id[pod]]
  delete id[pod]
  claim[pod] = master[pod] = ""
  answers--
}

function none(id) {
  return id == "-" ? "" : id
}

# The pod that calls itself so, or nothing for a stranger.
function pod_of(host,   dot) {
  dot = index(host, domain)
  if (dot <= 1 || dot + length(domain) - 1 != length(host)) return ""
  return substr(host, 1, dot - 1)
}

$1 == "mode" { mode = $2 }
$1 == "data-loss" { data_loss = $2 }
$1 == "healing" { healing = $2 }
$1 == "usual" { usual = $2 }
$1 == "ports" { ports = substr($0, 7) }
$1 == "speech" { speech = $2 }
$1 == "settled" { settled = $2 }
$1 == "domain" { domain = "." $2 }
$1 == "shard" { ranges[$2] = $3; spread($3, planned, $2); shards++ }
$1 == "replicas" { replicas_planned = $2 }
$1 == "pod" { pods[n++] = $2; in_plan[$2] = 1 }
$1 == "place" { home[$3] = $2; if ($4 == "master") first[$2] = $3 }

$1 == "id" { id[$2] = $3; of[$3] = $2; answers++ }
$1 == "at" { at[$2] = $3 }
$1 == "host" { host[$2] = $3 }
$1 == "keys" { keys[$2] = $3 }
$1 == "age" { age[$2] = $3 + 0 }
$1 == "age" && $3 < settled { unsettled = 1 }
$1 == "timeout" { timeout[$2] = $3 }
$1 == "epoch" { epoch[$2] = $3 + 0 }
$1 == "state" { state[$2] = $3 }
$1 == "assigned" { assigned[$2] = $3 }
$1 == "sound" { sound[$2] = $3 }
$1 == "barred" { barred[$2] = 1 }
$1 == "speaks" { speaks[$2] = $3; speakers[$3]++ }
$1 == "able" { able[$2, $3] = 1; capable[$3]++ }
$1 == "bare" { bare[$2] = 1 }
$1 == "heir" { heir[$2] = 1 }
$1 == "unsaved" { unsaved[$2] = 1 }
$1 == "link" { link[$2] = $3 }
# Without the value there is none: an empty text is less than any number.
$1 == "down" && NF > 2 { down[$2] = $3 + 0 }
$1 == "offset" { offset[$2] = $3 + 0 }
$1 == "trouble" && trouble == "" {
  trouble = $0
  sub(/^trouble /, "", trouble)
  sub(/ /, ": ", trouble)
}
$1 == "node" && "," $5 "," !~ /,handshake,/ {
  seen = ""
  for (i = 11; i <= NF; i++) if ($i !~ /^\[/) seen = seen " " $i
  view[$2, $3] = seen
  if (seen != "") informed[$2] = 1
  follows[$2, $3] = none($6)
  seen_epoch[$2, $3] = $9 + 0
  linked[$2, $3] = $10 == "connected"
  lists[$2]++
  witness[++views] = $2; listed[views] = $3; address[views] = $4
  flags[$2, $3] = "," $5 ","
  name = $4
  sub(/^[^,]*,?/, "", name)
  sub(/,.*/, "", name)
  named[$2, $3] = name
  if (name != "") called[$3] = name
  if ($5 ~ /myself/) { claim[$2] = seen; master[$2] = none($6) }
}

# The pod that this one copies, if it is there.
function master_of(pod) {
  return (master[pod] in of) ? of[master[pod]] : ""
}

# Not there for this witness: it failed, or its address is not known.
function gone_for(pod, id) {
  return flags[pod, id] ~ /,(fail|noaddr),/
}

# Part of a text that waits for nodes.
function who_answers(   text) {
  text = answers + 0 " of " n " nodes answer"
  return trouble == "" ? text : text " (" trouble ")"
}
