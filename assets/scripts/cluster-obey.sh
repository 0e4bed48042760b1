# Sourced by cluster-form.sh and cluster-tend.sh: what is to be done by the
# facts of cluster-look.sh, and does it. Reads CLUSTER_NODE_TIMEOUT
# (milliseconds, that of the nodes), CLUSTER_DATA_LOSS (what to do about
# slots whose data are lost: wait, the default, or start-empty), HEALING
# (what the nodes' healers do; default none), CLUSTER_SETTLED (seconds
# without a restart before nodes move, 30), and POD_NAME and TMPDIR in a pod
# of a node.

facts=${facts:?}
directory=$(dirname "$0")

# decide form, or decide tend, which also moves nodes off badly chosen hosts
decide() {
  {
    echo "mode $1"
    echo "data-loss ${CLUSTER_DATA_LOSS:-wait}"
    echo "healing ${HEALING:-none}"
    echo "domain $CLUSTER_DOMAIN"
    echo "usual ${CLUSTER_NODE_TIMEOUT:-5000}"
    plan shards | awk '{ print "shard", NR - 1, $1 }'
    plan nodes | sed 's/^/pod /'
    echo "replicas $(plan replicas-per-shard)"
    echo "ports $(ports)"
    echo "speech $(wanted_speech "$1")"
    echo "settled ${CLUSTER_SETTLED:-30}"
    [ -n "$(missing)" ] || place
    cat "$facts/all"
  } | sh "$directory/cluster-decide.sh"
}

# How nodes are to speak to each other: tls, plain, or nothing where it is
# not for this one to say. A Job says it, and the healer of the first pod,
# which is replaced when all others have been: once, until the plan says
# something else.
wanted_speech() {
  wanted=$(plan speech 2>/dev/null)
  wanted=${wanted:-plain}
  if [ "$1" = tend ]; then
    [ "${POD_NAME:-}" = "$(plan nodes | sed -n 1p)" ] || return 0
    spoken=${TMPDIR:-/tmp}/spoken
    [ "$(cat "$spoken" 2>/dev/null)" != "$wanted" ] || return 0
    if all_speak "$wanted"; then
      echo "$wanted" >"$spoken"
      return 0
    fi
  fi
  echo "$wanted"
}

# all_speak <tls|plain>
all_speak() {
  awk -v kind="$1" -v nodes="$(plan nodes | grep -c .)" '
    $1 == "speaks" && $3 == kind { count++ }
    END { exit count != nodes }' "$facts/all"
}

# Where the nodes of each shard shall be. That takes all of them.
place() {
  awk '$1 == "host" { print $2, $3 }' "$facts/all" | sort_as_planned |
    sh "$directory/cluster-place.sh" "$(plan shards | grep -c .)"
}

# The same order at each look and in each Job, so that two at once come to
# the same.
sort_as_planned() {
  awk -v order="$(plan nodes | tr '\n' ' ')" '
    BEGIN { n = split(order, pods, " ") }
    { line[$1] = $0 }
    END {
      for (i = 1; i <= n; i++) if (pods[i] in line) print line[pods[i]]
    }'
}

# Whether the pod's address still is that of the node that was looked at.
# The bus knows no password: a wrong address could merge clusters.
verify() {
  read -r address id 2>/dev/null <"$facts/at-$1" || return 0
  there=$(redis_at "$address" CLUSTER MYID </dev/null)
  case $there in *"$id") : >"$facts/same-$1" ;; esac
}

# Whether the master of the node at the address is there, in its eyes.
master_is_there() {
  redis_at "$1" CLUSTER NODES </dev/null | awk '
    $3 ~ /myself/ { master = $4 }
    $8 == "connected" && $3 !~ /fail(\?|,|$)|noaddr/ { there[$1] = 1 }
    END { exit !(master in there) }'
}

# The orders in a file that are still right for the node at the address. A
# look takes seconds where a node is silent, and a master that came back
# meanwhile has more than the replica that would take its place; one that is
# being replaced must not take the epoch of its successor.
timely() {
  late=
  case $(cat "$1") in
    *'CLUSTER FAILOVER '[FT]*)
      if master_is_there "$2"; then late='CLUSTER FAILOVER [FT]'; fi ;;
    *'CLUSTER BUMPEPOCH'*)
      case $(redis_at "$2" CLUSTER INFO </dev/null) in
        *cluster_state:ok*) ;;
        *) late='CLUSTER BUMPEPOCH' ;;
      esac ;;
  esac
  if [ -n "$late" ]; then grep -v "$late" "$1"; else cat "$1"; fi
}

# Gives a pod all its orders, and says what those mean that it obeyed.
give() {
  read -r address _ 2>/dev/null <"$facts/at-$1" || return 0
  [ -f "$facts/same-$1" ] || return 0
  awk -F '\t' -v pod="$1" -v same="$facts/same-" '
    $1 == "order" && $2 == pod {
      file = same $3
      if ($3 == "-" || (getline line <file) >= 0) print
    }' "$facts/orders" >"$facts/meant-$1"
  timely "$facts/meant-$1" "$address" >"$facts/orders-$1"
  cut -f 4 "$facts/orders-$1" | redis_at "$address" >"$facts/replies-$1"
  awk -F '\t' '
    NR == FNR { if (NF) reply[++replies] = $0; next }
    reply[FNR] ~ /^(OK\r?$|BUMPED )/ && $5 != "" { print $5 }
    ' "$facts/replies-$1" "$facts/orders-$1"
}

# All at the same time: two clusters must not be merged because one node's
# answer took long while another's address went to a stranger.
obey() {
  awk -F '\t' '
    $1 == "order" { print $2; if ($3 != "-") print $3 }
    ' "$facts/orders" | sort -u | each verify
  awk -F '\t' '$1 == "order" { print $2 }' "$facts/orders" | sort -u |
    each give
  grep -v '^order' "$facts/orders" >"$facts/end"
}
