# Sourced by the scripts of a replication: who belongs to it, and what its
# Sentinels say. Needs redis.sh. Reads REPLICATION_NAME (what the Sentinels
# call its master), REPLICATION_DOMAIN (what follows a name of the plan in
# a host name), REPLICATION_PLAN (the directory of the lists `nodes` and
# `sentinels`, default /plan), REPLICATION_DATA (default /data), NODE_PORT
# (default 6379) and SENTINEL_PORT (default 26379).
plan=${REPLICATION_PLAN:-/plan}
data=${REPLICATION_DATA:-/data}

# hosts nodes, hosts sentinels: the names of all of them. Each has an
# address of its own that stays when its pod is replaced.
hosts() {
  [ -e "$plan/$1" ] || return 0
  while read -r name; do echo "$name.$REPLICATION_DOMAIN"; done <"$plan/$1"
}

# What follows a name of the plan in its whole name, with the domain of the
# Kubernetes cluster. It is in the search list of a pod.
whole_domain() {
  whole=$(awk -v domain="$REPLICATION_DOMAIN" '
    $1 == "search" {
      for (i = 2; i <= NF; i++)
        if (index($i, domain ".") == 1) { print $i; exit }
    }' "${RESOLV_CONF:-/etc/resolv.conf}" 2>/dev/null)
  echo "${whole:-$REPLICATION_DOMAIN}"
}

lines() {
  awk 'NF' | wc -l | tr -d ' '
}

# node_at <host> <command...>, sentinel_at <host> <command...>
node_at() {
  at "${NODE_PORT:-6379}" "$@"
}

sentinel_at() {
  at "${SENTINEL_PORT:-26379}" "$@"
}

at() (
  export REDIS_PORT="$1"
  shift
  redis_at "$@"
)

# Lines `<config epoch> <host of the master> <replicas> <flags>`, one for
# each Sentinel that answers. Of two, that with the higher epoch is right.
views() {
  hosts sentinels | each view
}

view() {
  sentinel_at "$1" SENTINEL MASTER "$REPLICATION_NAME" |
    sed '/^AUTH failed: /d' | awk '
    NR % 2 { key = $0; next }
    { is[key] = $0 }
    END {
      if (is["config-epoch"] != "")
        print is["config-epoch"], is["ip"], is["num-slaves"], is["flags"]
    }'
}

# Of two with the same epoch, one that has seen replicas: it has not only
# guessed.
newest() {
  sort -k1,1rn -k3,3rn | awk 'NF { print; exit }'
}

# Lines `<host> <role> <keys> <offset>`, one for each node that answers but
# the one that is given. One that is loading has keys.
others() {
  hosts nodes | grep -vxF "$1" | each other
}

other() {
  printf 'INFO replication\nINFO keyspace\nINFO persistence\n' |
    node_at "$1" | awk -F '[:,=]' -v host="$1" '
      { sub(/\r$/, "") }
      $1 == "role" { role = $2 }
      $1 == "loading" && $2 == 1 { keys++ }
      $1 ~ /^db[0-9]+$/ { keys += $3 }
      $1 ~ /^(slave|master)_repl_offset$/ && !offset { offset = $2 }
      END { if (role) print host, role, keys + 0, offset + 0 }'
}

# speaks <host>: prints the Sentinel if it answers.
speaks() {
  [ "$(sentinel_at "$1" PING | last_line)" != PONG ] || echo "$1"
}

# remember <host>: the master, for the next start. A full disk must not make
# it forget.
remember() {
  [ "$(cat "$data/master" 2>/dev/null)" != "$1" ] || return 0
  printf '%s\n' "$1" >"$data/master.new"
  [ ! -s "$data/master.new" ] || mv "$data/master.new" "$data/master"
} 2>/dev/null

# follow <master> <host>: the master itself, it does not tell.
follow() {
  [ "$1" = "$2" ] ||
    node_at "$2" REPLICAOF "$1" "${NODE_PORT:-6379}" >/dev/null
}
