# Starts a node of a cluster by the command in its arguments. nodes.conf
# gets the addresses of now. Reads POD_NAME, POD_IP, NODE_NAME, NODE_ZONE
# (may be empty), CLUSTER_NAME (the Service of the ready nodes),
# CLUSTER_DOMAIN (what follows a pod's name in its host name), CLUSTER_DATA
# (default /data), and what redis.sh and cluster.sh read.
# Exit code: that of the command; 1 without a usable password.
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/cluster.sh"

nodes=${CLUSTER_DATA:-/data}/nodes.conf

# Whether the cluster still counts this pod as a master with slots that is
# alive, or that a living replica is about to follow. A blank node that
# answers at a known address would be taken for that master, and its replica
# would copy the emptiness. Any ready node can tell.
missed() {
  view=$(redis_at "$CLUSTER_NAME" CLUSTER NODES)
  printf '%s\n' "$view" | awk -v name="$POD_NAME.$CLUSTER_DOMAIN" '
    { split($2, parts, ","); fails = "," $3 "," ~ /,fail,/ }
    $3 ~ /slave/ && !fails { replica[$4] = 1 }
    parts[2] == name && $3 ~ /master/ && NF > 8 { former[$1] = fails }
    END {
      for (id in former) if (!former[id] || (id in replica)) missed = 1
      exit !missed
    }'
}

# The pods that nodes.conf names.
named() {
  awk -v domain=".$CLUSTER_DOMAIN" '
    { split($2, parts, ","); at = index(parts[2], domain) }
    at > 1 && at + length(domain) - 1 == length(parts[2]) {
      print substr(parts[2], 1, at - 1)
    }' "$nodes"
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

if [ -s "$nodes" ]; then
  with_addresses | without_stranger >"$nodes.new"
  # A full disk must not cost the node its memory.
  if [ "$(wc -l <"$nodes.new")" -eq "$(wc -l <"$nodes")" ]; then
    mv "$nodes.new" "$nodes"
  fi
else
  said=
  while missed; do
    [ -n "$said" ] || echo 'waiting: this node is blank, but its cluster' \
      'knows it as a master with data: a replica must take over first'
    said=yes
    sleep 1
  done
fi

auth=
if [ -n "${REDIS_PASSWORD_FILE:-}" ]; then
  secret=$(read_password) || { printf '%s\n' "$secret" >&2; exit 1; }
  # Redis knows two special characters between double quotes.
  quoted=$(printf '%s\n' "$secret" | LC_ALL=C sed 's/[\\"]/\\&/g')
  auth=$(printf 'requirepass "%s"\nmasterauth "%s"\n' "$quoted" "$quoted")
fi
place=$(printf '%s' "${NODE_ZONE:-}/${NODE_NAME:-}" |
  LC_ALL=C tr -c 'A-Za-z0-9._/-' '-')

# Through stdin, as in start.sh: no password in an argument or on a disk.
exec "$@" - <<EOT

cluster-announce-ip $POD_IP
cluster-announce-hostname $POD_NAME.$CLUSTER_DOMAIN
cluster-announce-human-nodename $place
$auth
EOT
