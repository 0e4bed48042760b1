# Before a node stops: a master hands its slots to the replica that has
# copied most, so that no client waits for an election.
# Reads PRE_STOP_SECONDS (default 10: all pods may be stopping, and then
# nobody can take over) and what redis.sh and cluster.sh read.
# Exit code: 0, whatever happened: the stop goes on.
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/cluster.sh"

role() {
  redis ROLE | awk '{ print; exit }'
}

# `<offset> <address> <port>` of the replica that has copied most.
best() {
  awk '/^slave[0-9]+:/ && /,state=online,/ {
    split($0, fields, ",")
    for (i = 1; i <= 4; i++) sub(/^.*=/, "", fields[i])
    print fields[4], fields[1], fields[2]
  }' | sort -rn | head -n 1
}

end=$(($(date +%s) + ${PRE_STOP_SECONDS:-10}))
lonely=0
while [ "$(role)" = master ] && [ "$(date +%s)" -lt "$end" ]; do
  info=$(redis INFO replication)
  replica=$(printf '%s\n' "$info" | best)
  if [ -n "$replica" ]; then
    lonely=0
    read -r _ address port <<EOT
$replica
EOT
    REDIS_PORT=$port redis_at "$address" CLUSTER FAILOVER >/dev/null
    # The election takes some ten milliseconds; a try that fails is over
    # after five seconds.
    tries=0
    while [ "$(role)" = master ] && [ "$tries" -lt 25 ]; do
      [ "$(date +%s)" -lt "$end" ] || break
      [ -n "$(redis INFO replication | best)" ] || break
      tries=$((tries + 1))
      sleep 0.2
    done
  else
    # Somebody who is copying will be there soon. Nobody at all: the
    # replicas are stopping too, or there are none.
    case $info in
      *connected_slaves:0*) lonely=$((lonely + 1)) ;;
      *) lonely=0 ;;
    esac
    [ "$lonely" -lt 5 ] || break
    sleep 0.3
  fi
done

# A Redis that has just copied everything from its master ignores the
# request to stop until its append-only file is written, and is killed in
# the end. So a former master gets a moment to find out whether it must
# copy, and then the time to finish.
tries=0
while [ "$(date +%s)" -lt "$end" ]; do
  info=$(printf 'INFO replication\nINFO persistence\n' | redis)
  case $info in
    *aof_rewrite_in_progress:1* | *aof_rewrite_scheduled:1*) ;;
    *master_sync_in_progress:1*) ;;
    *role:slave*master_link_status:down*) [ "$tries" -lt 5 ] || break ;;
    *) break ;;
  esac
  tries=$((tries + 1))
  sleep 0.3
done
exit 0
