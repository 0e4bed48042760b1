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

# `<offset> <address>` of the replicas that have a copy, the one that has
# copied most first.
heirs() {
  redis INFO replication | awk '/^slave[0-9]+:/ && /,state=online,/ {
    split($0, fields, ",")
    for (i = 1; i <= 4; i++) sub(/^.*=/, "", fields[i])
    print fields[4], fields[1]
  }' | sort -rn
}

# One that is about to stop itself would only hand back what it got. The
# number is Sentinel's: a cluster does not read it.
stays() {
  redis_at "$1" INFO replication </dev/null |
    grep -q '^slave_priority:[1-9]'
}

heir() {
  heirs | while read -r _ address; do
    stays "$address" || continue
    echo "$address"
    break
  done
}

# Whether enough masters are there to vote.
majority() {
  redis CLUSTER NODES | awk '
    NF > 8 && $3 ~ /master/ {
      all++
      there += $3 ~ /myself/ || ($8 == "connected" && $3 !~ /fail(\?|,|$)/)
    }
    END { exit !(there * 2 > all) }'
}

end=$(($(date +%s) + ${PRE_STOP_SECONDS:-10}))
redis CONFIG SET replica-priority 0 >/dev/null
alone=0
while [ "$(role)" = master ] && [ "$(date +%s)" -lt "$end" ]; do
  replica=$(heir)
  if [ -n "$replica" ] && [ "$alone" -lt 10 ] && ! majority; then
    # The other masters may be restarting, or stopping too.
    alone=$((alone + 1))
    sleep 0.3
  elif [ -n "$replica" ] && [ "$alone" -lt 10 ]; then
    alone=0
    redis_at "$replica" CLUSTER FAILOVER >/dev/null
    # The election takes some ten milliseconds.
    tries=0
    while [ "$(role)" = master ] && [ "$tries" -lt 10 ]; do
      tries=$((tries + 1))
      sleep 0.2
    done
  else
    # Somebody who is copying will be there soon. Nobody at all: the
    # replicas are stopping too, or there are none.
    alone=$((alone + 1))
    case $(redis INFO replication) in
      *,state=wait_bgsave,* | *,state=send_bulk,*) alone=0 ;;
    esac
    [ "$alone" -lt 4 ] || break
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
