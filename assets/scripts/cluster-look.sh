# Sourced by the scripts that look at the whole cluster: what the nodes of
# the plan say of themselves and of others, as facts in the directory
# $facts, in the file `all`. Needs redis.sh and cluster.sh. Reads
# CLUSTER_PLAN (a directory, /plan), CLUSTER_DOMAIN (what follows a pod's
# name in its host name) and TMPDIR.

facts=$(mktemp -d "${TMPDIR:-/tmp}/facts.XXXXXX")
trap 'rm -rf "$facts"' EXIT
trap 'exit 143' TERM INT

# plan <file>: one file of the plan.
plan() {
  cat "${CLUSTER_PLAN:-/plan}/$1"
}

# look <address> [pod]: asks the node there, which must be that pod.
look() {
  printf '%s\n' 'CONFIG GET cluster-announce-hostname' 'CLUSTER MYID' \
    'CONFIG GET cluster-announce-human-nodename' 'ECHO keys:' DBSIZE \
    'CONFIG GET cluster-node-timeout' 'CONFIG GET save' 'CLUSTER INFO' \
    'INFO server' 'INFO replication' 'INFO persistence' \
    'CONFIG GET cluster-replica-no-failover' \
    'CONFIG GET replica-priority' 'CONFIG GET port' \
    'CONFIG GET tls-port' 'CONFIG GET tls-cluster' 'CLUSTER NODES' |
    redis_at "$1" |
    awk -v address="$1" -v pod="$2" -v domain=".$CLUSTER_DOMAIN" '
    { sub(/\r$/, "") }
    NR == 1 { said = $0 }
    before == "cluster-announce-hostname" { host = $0; getline; id = $0 }
    before == "cluster-announce-human-nodename" { place = $0 }
    before == "keys:" { keys = $0 }
    before == "cluster-node-timeout" { timeout = $0 }
    before == "save" { rules = $0 }
    before == "cluster-replica-no-failover" && $0 == "yes" { barred = 1 }
    /^aof_enabled:1/ || /^rdb_saves:[1-9]/ { saved = 1 }
    /^cluster_state:/ { state = substr($0, 15) }
    /^cluster_slots_assigned:/ { assigned = substr($0, 24) }
    /^uptime_in_seconds:/ { age = substr($0, 19) }
    /^cluster_slots_ok:/ { sound = substr($0, 18) }
    /^cluster_my_epoch:/ { epoch = substr($0, 18) }
    /^master_link_status:/ { link = substr($0, 20) }
    /^master_link_down_since_seconds:/ { down = substr($0, 32) }
    /^slave_repl_offset:/ { offset = substr($0, 19) }
    before == "replica-priority" { priority = $0 }
    before == "port" && $0 > 0 { plain = 1 }
    before == "tls-port" && $0 > 0 { tls = 1 }
    before == "tls-cluster" { speech = $0 == "yes" ? "tls" : "plain" }
    NF >= 8 { node[++count] = $0 }
    # It was done before the last question: what it said first is no answer.
    /^LOADING / { said = $0 }
    { before = $0 }
    END {
      asked = pod == "" ? address : pod
      if (said != "cluster-announce-hostname" || count == 0) {
        print "trouble", asked, (said == "" ? "no answer" : said)
        exit
      }
      at = index(host, domain)
      named = at > 1 && at + length(domain) - 1 == length(host)
      if (!named || (pod != "" && host != pod domain)) {
        host = "calls itself \"" host "\""
        print "trouble", asked, "the server at " address, host
        exit
      }
      pod = substr(host, 1, at - 1)
      print "id", pod, id
      print "at", pod, address
      print "host", pod, (place == "" ? "-" : place)
      print "keys", pod, keys
      print "age", pod, age
      print "timeout", pod, timeout
      print "state", pod, state
      print "assigned", pod, assigned
      print "sound", pod, sound
      print "epoch", pod, epoch
      if (barred) print "barred", pod
      if (priority == 1) print "bare", pod
      if (priority == 50) print "heir", pod
      if (speech != "") print "speaks", pod, speech
      if (plain) print "able", pod, "plain"
      if (tls) print "able", pod, "tls"
      if (rules != "" && !saved && keys == 0) print "unsaved", pod
      print "link", pod, link
      print "down", pod, down
      print "offset", pod, offset
      for (i = 1; i <= count; i++) print "node", pod, node[i]
    }'
}

# Each into a file of its own, so that lines of two do not mix. Nobody is
# asked twice.
keep_look() {
  [ -e "$facts/look-$1" ] || look "$1" "$2" >"$facts/look-$1"
}

look_by_name() {
  address=$(address_of "$1")
  if [ -n "$address" ]; then
    keep_look "$address" "$1"
  else
    echo "trouble $1 its name has no address yet" >"$facts/look-$1"
  fi
}

# The facts of the pods of the plan, each pod's from one node.
gather() {
  plan nodes | awk '
    NR == FNR { planned[$1] = 1; next }
    FNR == 1 { skip = $1 == "id" && (!($2 in planned) || seen[$2]++) }
    skip { next }
    $1 == "id" { id = $3 }
    $1 == "at" { print $3, id >(facts "/at-" $2) }
    { print }' facts="$facts" - "$facts"/look-* >"$facts/all"
}

missing() {
  plan nodes | awk -v facts="$facts/all" '
    BEGIN {
      while ((getline line <facts) > 0) {
        if (split(line, word, " ") && word[1] == "id") there[word[2]] = 1
      }
    }
    !($1 in there)'
}

# observe [all]: asks each by its name; with `all`, those that are missing
# by the name of their Service too, which has all addresses. Name servers
# remember for seconds that a name was not there: to have two is to have two
# tries.
observe() {
  rm -f "$facts"/*
  plan nodes | each look_by_name
  gather
  if [ "${1:-}" = all ] && [ -n "$(missing)" ]; then
    addresses_of_all | each keep_look
    gather
  fi
}
