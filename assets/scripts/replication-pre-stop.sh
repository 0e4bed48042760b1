# Before a node stops: a master has the Sentinels promote a replica while
# its clients wait, so that no write is acknowledged that nobody has.
# Reads PRE_STOP_SECONDS (default 20), REPLICATION_HOST and what redis.sh
# and replication.sh read.
# Exit code: 0, whatever happened: the stop goes on.
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/replication.sh"

# Sets $role, $online (the hosts of replicas that have a copy) and $copying
# (not empty while somebody is getting one).
look() {
  info=$(redis INFO replication | tr -d '\r')
  role=$(printf '%s\n' "$info" | sed -n 's/^role://p')
  online=$(printf '%s\n' "$info" | awk -F '[=,]' '
    /^slave[0-9]+:/ && /,state=online,/ { print $2 }')
  copying=$(printf '%s\n' "$info" |
    grep -E ',state=(wait_bgsave|send_bulk),')
}

# Waits for all replicas to have the newest write. While writes wait, the
# offset of the master does not grow. All are asked at once, as each moment
# counts here.
caught_up() {
  left=10
  export online
  until hosts nodes | each other | awk -v me="$REPLICATION_HOST" '
    { offset[$1] = $4 }
    END {
      count = split(ENVIRON["online"], host, "\n")
      if (!(me in offset)) exit 1
      for (i = 1; i <= count; i++)
        if (offset[host[i]] + 0 < offset[me]) exit 1
    }'
  do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
  done
}

# Waits at most four seconds for another master, and sets $heir to its host.
promoted() {
  left=60
  heir=
  while [ -z "$heir" ] && [ "$left" -gt 0 ]; do
    heir=$(others "$REPLICATION_HOST" |
      awk '$2 == "master" { print $1; exit }')
    left=$((left - 1))
    [ -n "$heir" ] || sleep 0.05
  done
  [ -n "$heir" ]
}

# Any Sentinel can do it.
failover() {
  hosts sentinels | {
    while read -r host; do
      reply=$(sentinel_at "$host" SENTINEL FAILOVER "$REPLICATION_NAME" \
        </dev/null | last_line)
      [ "$reply" != OK ] || exit 0
    done
    exit 1
  }
}

[ -n "$(hosts sentinels)" ] || exit 0
end=$(($(date +%s) + ${PRE_STOP_SECONDS:-20}))
alone=0
look
while [ "$role" = master ] && [ "$(date +%s)" -lt "$end" ]; do
  if [ -n "$online" ]; then
    alone=0
    redis CLIENT PAUSE 6000 WRITE >/dev/null
    if caught_up && failover && promoted; then
      # The Sentinels would do the same a second later, and until then a
      # master that wants replicas would refuse writes. Clients, whose
      # writes wait here in vain, find the new master at once.
      printf '%s\n' "$online" | each follow "$heir" &
      printf '%s\n' "REPLICAOF $heir ${NODE_PORT:-6379}" \
        'CLIENT KILL TYPE normal' | redis >/dev/null
      wait
      exit 0
    fi
    redis CLIENT UNPAUSE >/dev/null
  else
    # Somebody who is copying will be there soon. Nobody at all: they are
    # stopping too.
    alone=$((alone + 1))
    [ -z "$copying" ] || alone=0
    [ "$alone" -lt 4 ] || exit 0
  fi
  sleep 0.5
  look
done
exit 0
