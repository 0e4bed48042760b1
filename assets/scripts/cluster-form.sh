# Makes a cluster of the nodes of the plan, from blank nodes, from half of a
# cluster, or from a living one, which is left alone. May be ended anywhere,
# run again and run twice at once. Reads CLUSTER_PLAN (a directory, /plan),
# CLUSTER_DOMAIN (what follows a pod's name in its host name), FORM_SECONDS
# (300), FORM_DELAY (4), TMPDIR and what redis.sh and cluster.sh read.
# Exit code: 0 formed, 1 not; the last line says why.
directory=$(dirname "$0")
. "$directory/redis.sh"
. "$directory/cluster.sh"

facts=$(mktemp -d)
trap 'rm -rf "$facts"' EXIT
trap 'exit 143' TERM INT

# plan <file>: one file of the plan.
plan() {
  cat "${CLUSTER_PLAN:-/plan}/$1"
}

# Lines `<pod> <address>`. Name servers remember for seconds that a name was
# not there: none is asked for before the one in front of it is there.
find_nodes() {
  plan nodes | while read -r pod; do
    address=$(address_of "$pod")
    [ -n "$address" ] || break
    echo "$pod $address"
  done
}

# look <pod> <address>: what a node says of itself and of others, as facts.
look() {
  printf '%s\n' 'CONFIG GET cluster-announce-hostname' 'CLUSTER MYID' \
    'CONFIG GET cluster-announce-human-nodename' 'ECHO keys:' DBSIZE \
    'CLUSTER INFO' 'INFO replication' 'CLUSTER NODES' | redis_at "$2" |
    awk -v pod="$1" -v name="$1.$CLUSTER_DOMAIN" -v address="$2" '
    { sub(/\r$/, "") }
    NR == 1 { said = $0 }
    before == "cluster-announce-hostname" { host = $0; getline; id = $0 }
    before == "cluster-announce-human-nodename" { place = $0 }
    before == "keys:" { keys = $0 }
    /^cluster_state:/ { state = substr($0, 15) }
    /^cluster_slots_ok:/ { sound = substr($0, 18) }
    /^cluster_my_epoch:/ { epoch = substr($0, 18) }
    /^master_link_status:/ { link = substr($0, 20) }
    NF >= 8 { node[++count] = $0 }
    { before = $0 }
    END {
      if (said != "cluster-announce-hostname" || count == 0) {
        print "trouble", pod, (said == "" ? "no answer" : said)
        exit
      }
      if (host != name) {
        host = "calls itself \"" host "\""
        print "trouble", pod, "the server at " address, host
        exit
      }
      print "id", pod, id
      print "host", pod, (place == "" ? "-" : place)
      print "keys", pod, keys
      print "state", pod, state
      print "sound", pod, sound
      print "epoch", pod, epoch
      print "link", pod, link
      for (i = 1; i <= count; i++) print "node", pod, node[i]
    }'
}

observe() {
  rm -f "$facts"/*
  find_nodes >"$facts/addresses"
  each keep_look <"$facts/addresses"
  plan nodes | while read -r pod; do
    [ -f "$facts/of-$pod" ] ||
      echo "trouble $pod its name has no address yet"
  done >"$facts/of"
  cat "$facts"/of* >"$facts/all"
}

# Each into a file of its own, so that the lines of two do not mix.
keep_look() {
  look "$1" "$2" >"$facts/of-$1"
}

decide() {
  {
    echo "domain $CLUSTER_DOMAIN"
    plan shards | awk '{ print "shard", NR - 1, $1 }'
    plan nodes | sed 's/^/pod /'
    awk '$1 == "host" { print $2, $3 }' "$facts/all" | sort_as_planned |
      sh "$directory/cluster-place.sh" "$(plan shards | grep -c .)"
    cat "$facts/all"
  } | sh "$directory/cluster-decide.sh"
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

at() {
  awk -v pod="$1" '$1 == pod { print $2; exit }' "$facts/addresses"
}

id_of() {
  awk -v pod="$1" '$1 == "id" && $2 == pod { print $3; exit }' "$facts/all"
}

# Whether the pod's address still is that of the node that was looked at.
# The bus knows no password: a wrong address could merge clusters.
same() {
  id=$(id_of "$1")
  there=$(redis_at "$(at "$1")" CLUSTER MYID </dev/null | last_line)
  [ -n "$id" ] && [ "$there" = "$id" ]
}

# order <pod> <command> <what it means>
order() {
  same "$1" || return 0
  reply=$(printf 'CLUSTER %s\n' "$2" | redis_at "$(at "$1")" | last_line)
  [ "$reply" != OK ] || [ -z "$3" ] || echo "$3"
}

obey() {
  while read -r what one other; do
    case $what in
      epoch) order "$one" "SET-CONFIG-EPOCH $other" '' ;;
      slots)
        order "$one" "ADDSLOTSRANGE $other" \
          "slots $(echo "$other" | ranges) given to $one" ;;
      meet)
        same "$other" || continue
        order "$one" "MEET $(at "$other") ${REDIS_PORT:-6379}" \
          "$one meets $other" ;;
      replicate)
        order "$one" "REPLICATE $(id_of "$other")" "$one copies $other" ;;
      wait | stop | done) echo "$what $one $other" >"$facts/end" ;;
    esac
  done
}

# `0 99 200 299` as 0-99,200-299
ranges() {
  awk '{
    for (i = 1; i < NF; i += 2) {
      text = text (i > 1 ? "," : "") $i
      if ($i != $(i + 1)) text = text "-" $(i + 1)
    }
    print text
  }'
}

started=$(date +%s)
said=
sleep "${FORM_DELAY:-4}"
while :; do
  observe
  decide >"$facts/orders"
  obey <"$facts/orders"
  read -r what why <"$facts/end"
  case $what in
    done) echo "the cluster is formed: $why"; exit 0 ;;
    stop) echo "stopped: $why"; exit 1 ;;
  esac
  [ "$said" = "$why" ] || echo "$why"
  said=$why
  if [ $(($(date +%s) - started)) -ge "${FORM_SECONDS:-300}" ]; then
    echo "not formed within ${FORM_SECONDS:-300} seconds: $why"
    exit 1
  fi
  sleep 0.3
done
