# Readiness probe of a cluster's node: can it serve clients now, and be the
# last that serves its slots? A rolling restart goes on when this says so: a
# young node must have its links to all living peers, and they theirs to it.
# Reads CLUSTER_YOUNG (seconds, default 60) and what redis.sh reads.
# Exit code: 0 ready, 1 not; then it prints why.
. "$(dirname "$0")/redis.sh"

ping=$(redis PING)
case $(printf '%s\n' "$ping" | last_line) in
  # It cannot save and refuses writes. Reads are still served.
  PONG | MISCONF*) ;;
  # It serves those who know its password: the Secret was changed before
  # the server was. Not ready would make the rotation an outage.
  NOAUTH* | WRONGPASS*) exit 0 ;;
  *) printf '%s\n' "$ping"; exit 1 ;;
esac

view=$(printf '%s\n' 'CLUSTER INFO' 'INFO server' 'INFO replication' \
  'CLUSTER NODES' 'CLUSTER LINKS' | redis)
why=$(printf '%s\n' "$view" | awk -v young="${CLUSTER_YOUNG:-60}" '
  { sub(/\r$/, "") }
  /^cluster_state:/ { state = substr($0, 15) }
  /^cluster_known_nodes:/ { nodes = substr($0, 21) }
  /^uptime_in_seconds:/ { age = substr($0, 19) }
  /^role:/ { role = substr($0, 6) }
  /^master_link_status:/ { link = substr($0, 20) }
  # A peer that is gone, or not here yet, must not make others unready.
  NF >= 8 && $3 !~ /myself|handshake|noaddr/ && "," $3 "," !~ /,fail\??,/ {
    peer[$1] = $2
    sub(/^[^,]*,/, "", peer[$1])
  }
  key == "direction" { direction = $0 }
  key == "node" { linked[direction, $0] = 1 }
  { key = $0 }
  END {
    if (nodes == "") print "it does not say what it knows of its cluster"
    else if (nodes == 1) print "it is in no cluster yet"
    else if (state != "ok") print "cluster_state is " state
    else if (role == "slave" && link != "up") {
      print "it does not have the data of its master yet"
    } else if (age + 0 < young + 0) {
      for (id in peer) {
        if (!(("to", id) in linked)) print "it has no link to " peer[id]
        if (!(("from", id) in linked)) print "it has no link from " peer[id]
      }
    }
  }')
[ -n "$why" ] || exit 0
printf '%s\n' "$why"
exit 1
