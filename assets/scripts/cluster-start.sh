# Starts a node of a cluster by the command in its arguments. nodes.conf
# gets the addresses of now. Reads POD_NAME, POD_IP, NODE_NAME, NODE_ZONE
# (may be empty), CLUSTER_NAME (the Service of the ready nodes),
# CLUSTER_DOMAIN (what follows a pod's name in its host name), CLUSTER_DATA
# (default /data), HEALING (what the healer beside it does; default none),
# and what redis.sh and cluster.sh read.
# Exit code: that of the command; 1 without a usable password.
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/cluster.sh"
. "$(dirname "$0")/cluster-relieve.sh"

data=${CLUSTER_DATA:-/data}
nodes=$data/nodes.conf
conf=${2:-}
. "$(dirname "$0")/kept.sh"

# What the cluster says, by the first node that is asked and knows others:
# one that is ready, else any; where the name service is silent, one that
# this node knew. Another cluster's word does not count.
view_of_others() {
  {
    echo "$CLUSTER_NAME"
    addresses_of_all
    [ ! -s "$nodes.lost" ] || awk '
      $3 !~ /myself|noaddr/ && sub(/:[0-9]+@.*/, "", $2) { print $2 }
      ' "$nodes.lost"
  } | while read -r address; do
    [ "$address" != "$POD_IP" ] || continue
    view=$(redis_at "$address" CLUSTER NODES </dev/null)
    case $view in
      *".$CLUSTER_DOMAIN"*"
"*) printf '%s\n' "$view"; break ;;
    esac
  done
}

# Whether the cluster still counts this pod as a master with slots and
# replicas that is alive, or that a living replica is about to follow. A
# blank node that answers at a known address would be taken for that master,
# and its replica would copy the emptiness.
missed() {
  view_of_others | awk -v name="$POD_NAME.$CLUSTER_DOMAIN" '
    { split($2, parts, ","); fails = "," $3 "," ~ /,fail,/ }
    $3 ~ /slave/ { replicas[$4] = 1 }
    $3 ~ /slave/ && !fails { living[$4] = 1 }
    parts[2] == name && $3 ~ /master/ && NF > 8 { former[$1] = fails }
    END {
      for (id in former) {
        if (!former[id] && (id in replicas)) missed = 1
        if (id in living) missed = 1
      }
      exit !missed
    }'
}

# Whether the cluster counts this pod as a master that a living replica can
# replace.
followed() {
  view_of_others | awk -v name="$POD_NAME.$CLUSTER_DOMAIN" '
    { split($2, parts, ",") }
    parts[2] == name && NF > 8 { former = $1 }
    $3 ~ /slave/ && "," $3 "," !~ /,(fail|nofailover),/ { follows[$4] = 1 }
    END { exit !((former != "") && (former in follows)) }'
}

# Whether nodes.conf says that this is a master with slots. Without data it
# would serve nothing as if it were everything.
has_slots() {
  [ -s "$nodes" ] && awk '
    $3 ~ /myself/ && $3 ~ /master/ && NF > 8 { found = 1 }
    END { exit !found }' "$nodes"
}

# The pods that nodes.conf names.
named() {
  awk -v domain=".$CLUSTER_DOMAIN" '
    { split($2, parts, ","); at = index(parts[2], domain) }
    at > 1 && at + length(domain) - 1 == length(parts[2]) {
      print substr(parts[2], 1, at - 1)
    }' "$nodes"
}

# Whether the others speak TLS to each other, by the first that answers: all
# do the same, as cluster-speech.awk says.
speech_of_others() {
  {
    echo "$CLUSTER_NAME"
    addresses_of_all
  } | while read -r address; do
    [ "$address" != "$POD_IP" ] || continue
    speech=$(redis_at "$address" CONFIG GET tls-cluster </dev/null |
      last_line)
    case $speech in yes | no) echo "$speech"; break ;; esac
  done
}

# nodes.conf with the addresses of now. Peers that have none keep the old
# one: who answers there with another id is left alone.
with_addresses() {
  known=$(
    named | grep -vxF "$POD_NAME" | addresses
    echo "$POD_NAME $POD_IP"
  )
  export known
  awk -v domain=".$CLUSTER_DOMAIN" '
    BEGIN {
      n = split(ENVIRON["known"], lines, "\n")
      for (i = 1; i <= n; i++) {
        split(lines[i], word, " ")
        address[word[1] domain] = word[2]
      }
    }
    { split($2, parts, ",") }
    parts[2] in address && match($2, /:[0-9]+@/) {
      $2 = address[parts[2]] substr($2, RSTART)
    }
    { print }' "$nodes"
}

# Replication knows no ids: a master that does not answer as itself loses
# its address, until the healer has found it.
without_stranger() {
  text=$(cat)
  master=$(printf '%s\n' "$text" | awk '$3 ~ /myself/ { print $4; exit }')
  address=$(printf '%s\n' "$text" | awk -v id="$master" '
    $1 == id { sub(/:[0-9]+@.*/, "", $2); print $2; exit }')
  there=
  if [ -n "$address" ]; then
    there=$(REDIS_TIMEOUT=1 redis_at "$address" CLUSTER MYID | last_line)
  fi
  [ "$there" != "$master" ] || master=-
  printf '%s\n' "$text" | awk -v id="$master" '
    id != "-" && $1 == id {
      sub(/^.*:[0-9]+@[0-9]+/, ":0@0", $2)
      if ($3 !~ /noaddr/) $3 = $3 ",noaddr"
    }
    { print }'
}

without_old_copies
# Until its readiness probe says that it has copied its master. On a full
# disk, `:` would end the script.
has_data || true >"$data/no-copy"
if has_slots && ! has_data; then
  echo 'the data of this master are gone: it begins again as a blank node'
  mv "$nodes" "$nodes.lost"
fi
# A snapshot is older than what replicas have: one of them takes over first.
rounds=0
while [ "$rounds" -lt 20 ] && has_slots && ! appends && followed; do
  rounds=$((rounds + 1))
  sleep 1
done
if [ -s "$nodes" ]; then
  with_addresses | without_stranger >"$nodes.new"
  # A full disk must not cost the node its memory.
  if [ "$(wc -l <"$nodes.new")" -eq "$(wc -l <"$nodes")" ]; then
    mv "$nodes.new" "$nodes"
  fi
  rm -f "$data/began-blank"
else
  rounds=0
  while missed && ! only_bare; do
    [ "$rounds" -gt 0 ] || echo 'waiting: this node is blank, but its' \
      'cluster knows it as a master with data: a replica must take over' \
      'first'
    rounds=$((rounds + 1))
    [ $((rounds % 15)) -ne 0 ] || view_of_others | relieve
    sleep 1
  done
  true >"$data/began-blank"
fi

place=$(printf '%s' "${NODE_ZONE:-}/${NODE_NAME:-}" |
  LC_ALL=C tr -c 'A-Za-z0-9._/-' '-')

# What a replica kept may be old: nobody elects it before the healer knows
# that it has copied its master, or that the master stays away. The priority
# is Sentinel's: here 1 says that there is no copy at all yet.
if [ "${HEALING:-none}" != none ]; then
  set -- "$@" --cluster-replica-no-failover yes
  [ ! -e "$data/no-copy" ] || set -- "$@" --replica-priority 1
fi
# Replication knows no ids, and without a password a replica would copy any
# Redis that has its master's old address. Strangers do not know this user.
if [ -z "${REDIS_PASSWORD_FILE:-}" ]; then
  set -- "$@" --masteruser "copy@$CLUSTER_DOMAIN" --masterauth copy \
    --user "copy@$CLUSTER_DOMAIN" on nopass +psync +replconf +ping
fi
# Both are open to it, so it speaks as the others do until all change.
if [ -n "${REDIS_PLAIN_PORT:-}" ]; then
  speech=$(speech_of_others)
  [ -z "$speech" ] ||
    set -- "$@" --tls-cluster "$speech" --tls-replication "$speech"
fi
export REDIS_DATA="$data"
exec sh "$(dirname "$0")/start.sh" "$@" --cluster-announce-ip "$POD_IP" \
  --cluster-announce-hostname "$POD_NAME.$CLUSTER_DOMAIN" \
  --cluster-announce-human-nodename "$place"
