# Sourced by cluster-start.sh: a replica takes over from what this node was,
# where too few masters are left to elect one. Its data are gone and it is
# the only one of its name, so that master never comes back. Needs redis.sh
# and cluster.sh. Reads POD_NAME and CLUSTER_DOMAIN.

# The replicas of what this node was, from CLUSTER NODES on stdin, as lines
# `<id of what it was> <address>`.
heirs() {
  awk -v name="$POD_NAME.$CLUSTER_DOMAIN" '
    { split($2, parts, ","); at[$1] = $2; sub(/:[0-9]+@.*/, "", at[$1]) }
    parts[2] == name && $3 ~ /master/ && NF > 8 { former = $1 }
    { follows[$1] = $4 }
    END {
      for (id in follows) {
        if (former != "" && follows[id] == former) print former, at[id]
      }
    }'
}

# `<offset> <address>` of one that nobody can elect; `other` of one that is
# silent or does not need this; nothing of one that has no copy.
ask_heir() {
  printf '%s\n' 'CLUSTER INFO' 'INFO replication' \
    'CONFIG GET replica-priority' 'CLUSTER NODES' | redis_at "$2" |
    awk -v former="$1" -v address="$2" '
    { sub(/\r$/, "") }
    /^cluster_state:fail/ { stuck = 1 }
    /^slave_repl_offset:/ { offset = substr($0, 19) }
    before == "replica-priority" { priority = $0 }
    { before = $0 }
    $3 ~ /myself/ { follows = $4 == former }
    END {
      if (!stuck || !follows) print "other"
      else if (priority != 1) print offset + 0, address
    }'
}

ask_priority() {
  redis_at "$2" CONFIG GET replica-priority </dev/null | last_line
}

# Whether all replicas of what this node was have no copy of it: then there
# is nothing to wait for.
only_bare() {
  [ "$(view_of_others | heirs | each ask_priority | sort -u)" = 1 ]
}

# All of them must answer: who is out of sight may have been elected there.
relieve() {
  found=$(heirs | each ask_heir)
  case $found in *other*) return ;; esac
  heir=$(printf '%s\n' "$found" | sort -rn | awk '{ print $2; exit }')
  [ -n "$heir" ] || return 0
  reply=$(redis_at "$heir" CLUSTER FAILOVER TAKEOVER | last_line)
  [ "$reply" != OK ] || echo "$heir takes over: too few masters are left" \
    'to elect it'
}
