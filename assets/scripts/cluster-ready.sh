# Readiness probe of a cluster's node: can it serve clients now, and be the
# last that serves its slots? A rolling restart goes on when this says so: a
# young node must have its links to all living peers, and they theirs to it.
# Reads CLUSTER_YOUNG (seconds, default 60), CLUSTER_DATA (/data by default)
# and what redis.sh reads.
# Exit code: 0 ready, 1 not; then it prints why.
. "$(dirname "$0")/redis.sh"

# One that met its peers just now has their links: Redis only does not count
# one before a ping has come through it, which takes seconds.
[ ! -e "${CLUSTER_DATA:-/data}/began-blank" ] || CLUSTER_YOUNG=0

# One question for all: this runs every other second in each pod.
look() {
  printf '%s\n' PING 'CLUSTER INFO' 'INFO server' 'INFO replication' \
    'INFO persistence' 'CONFIG GET replica-priority' 'CLUSTER NODES' \
    'CLUSTER LINKS' | redis --raw
}

# Returns 3 when it cannot tell, or what was copied is not on disk yet; and
# 4 when the node has no copy of its master's data: see cluster-heal.sh.
reasons() {
  look | awk -v young="${CLUSTER_YOUNG:-60}" '
    { sub(/\r$/, "") }
    # redis-cli complains of its own before the first answer.
    answer == "" && !/^AUTH failed/ { answer = $0; next }
    /^cluster_state:/ { state = substr($0, 15) }
    /^cluster_known_nodes:/ { nodes = substr($0, 21) }
    /^uptime_in_seconds:/ { age = substr($0, 19) }
    /^role:/ { role = substr($0, 6) }
    /^master_link_status:/ { link = substr($0, 20) }
    /^aof_rewrite_(in_progress|scheduled):1/ { writing = 1 }
    key == "replica-priority" && $0 == 1 { bare = 1 }
    $3 ~ /myself/ { idle = $3 ~ /master/ && NF == 8 }
    # One that has no address of its master calls itself a master.
    $3 ~ /myself/ && $3 ~ /slave/ { role = "slave" }
    NF > 8 && $3 ~ /noaddr|fail(\?|,|$)/ {
      name = $2
      sub(/^[^,]*,/, "", name)
      sub(/[.,].*/, "", name)
      missing = missing ", " name
    }
    # A peer that is gone, or not here yet, must not make others unready.
    NF >= 8 && $3 !~ /myself|handshake|noaddr|fail(\?|,|$)/ {
      peer[$1] = $2
      sub(/^[^,]*,/, "", peer[$1])
    }
    key == "direction" { direction = $0 }
    key == "node" { linked[direction, $0] = 1 }
    { key = $0 }
    END {
      # It serves those who know its password: the Secret was changed before
      # the server was. Not ready would make the rotation an outage.
      if (answer ~ /^(NOAUTH|WRONGPASS)/) exit 3
      # MISCONF: it cannot save and refuses writes. Reads are still served.
      if (answer != "PONG" && answer !~ /^MISCONF/) print answer
      else if (nodes == "") print "it says nothing of its cluster"
      else if (nodes == 1) print "it is in no cluster yet"
      else if (state != "ok") {
        print "cluster_state is " state (missing == "" ? "" : \
          ": not there are the masters " substr(missing, 3) \
          "; the log of the container healer says what is done")
      } else if (role == "slave" && link != "up") {
        print "it does not have the data of its master yet"
      } else if (idle) {
        print "it belongs to no shard yet"
      } else if (age + 0 < young + 0) {
        for (id in peer) {
          name = peer[id]
          if (!(("to", id) in linked)) print "it has no link to " name
          if (!(("from", id) in linked)) print "it has no link from " name
        }
      }
      if (bare) exit 4
      if (writing) exit 3
    }'
}

why=$(reasons)
# For the next start, in which Redis itself would know nothing of it.
case $?$why in
  0) rm -f "${CLUSTER_DATA:-/data}/no-copy" ;;
  4*) true >"${CLUSTER_DATA:-/data}/no-copy" ;;
esac
[ -n "$why" ] || exit 0
printf '%s\n' "$why"
exit 1
