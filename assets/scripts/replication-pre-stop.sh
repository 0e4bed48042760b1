# Before a node stops: a master has the Sentinels promote a replica while
# its clients wait, so that no write is acknowledged that nobody has.
# Reads PRE_STOP_SECONDS (default 20), REPLICATION_HOST, REPLICATION_DATA
# (default /data) and what redis.sh and replication.sh read.
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
    grep -E ',state=(wait_bgsave|send_bulk)')
}

# Writes wait from now on for ten seconds: longer than two answers can take.
hold() {
  redis CLIENT PAUSE 10000 WRITE >/dev/null
}

# Whether all replicas answer. One that does not, on a host that is gone
# perhaps, would hold up the writes, and counts as online for half a minute:
# after ten seconds the Sentinels have found it out, and it is left out.
all_answer() {
  answering=$(printf '%s\n' "$online" | REDIS_TIMEOUT=1 each other |
    cut -d ' ' -f 1)
  [ "$(printf '%s\n' "$answering" | lines)" -lt \
    "$(printf '%s\n' "$online" | lines)" ] || return 0
  [ "$(date +%s)" -ge $((end - patience + 10)) ] || return 1
  online=$answering
  [ -n "$online" ]
}

# Waits for all replicas to have the newest write. While writes wait, the
# offset of the master does not grow. All are asked at once, as each moment
# counts here, and nobody else, who may be silent.
caught_up() {
  latest=$(($(date +%s) + 2))
  export online
  until hold; printf '%s\n' "$REPLICATION_HOST" "$online" | each other |
    awk -v me="$REPLICATION_HOST" '
    { offset[$1] = $4 }
    END {
      count = split(ENVIRON["online"], host, "\n")
      if (!(me in offset)) exit 1
      for (i = 1; i <= count; i++)
        if (offset[host[i]] + 0 < offset[me]) exit 1
    }'
  do
    [ "$(date +%s)" -lt "$latest" ] || return 1
  done
}

# Any Sentinel can do it that was there just now. If one may have begun, no
# other is asked: it could choose another replica.
failover() {
  printf '%s\n' "$voters" | {
    while read -r host; do
      hold </dev/null
      reply=$(sentinel_at "$host" SENTINEL FAILOVER "$REPLICATION_NAME" \
        </dev/null | last_line)
      case $reply in
        OK | *INPROG* | 'no answer'*) exit 0 ;;
      esac
    done
    exit 1
  }
}

# Waits for another master, and sets $heir to its host. There is no way back
# once it was chosen: what this one acknowledged now would be lost.
promoted() {
  heir=
  silent=0
  while [ "$(date +%s)" -lt "$end" ] && [ "$silent" -lt 4 ]; do
    hold
    there=$(printf '%s\n' "$online" | each other)
    heir=$(printf '%s\n' "$there" | awk '$2 == "master" { print $1; exit }')
    [ -z "$heir" ] || return 0
    # Nobody is there any more: all are stopping.
    silent=$((silent + 1))
    [ -z "$there" ] || silent=0
    sleep 0.05
  done
  return 1
}

# majority_names <host>: what most Sentinels know they know after a restart.
majority_names() {
  known=$(views | awk -v host="$1" '$2 == host' | lines)
  [ $((known * 2)) -gt "$(hosts sentinels | lines)" ]
}

# Follows the new master until most Sentinels know it. If they stop first,
# they will call this one the master again, and it has its writes.
stay() {
  latest=$(($(date +%s) + 5))
  until majority_names "$heir" || [ "$(date +%s)" -ge "$latest" ]; do
    sleep 0.3
  done
  # Whoever still leads clients here sees a replica before it is gone.
  sleep 1
}

[ -n "$(hosts sentinels)" ] || exit 0
patience=${PRE_STOP_SECONDS:-20}
end=$(($(date +%s) + patience))
alone=0
unnamed=0
look
while [ "$role" = master ] && [ "$(date +%s)" -lt "$end" ]; do
  if ! majority_names "$REPLICATION_HOST"; then
    # What it acknowledged now could be lost: they do not call it master
    # yet, or are stopping too, and would not know it after a restart.
    hold
    unnamed=$((unnamed + 1))
    [ "$unnamed" -lt 6 ] || exit 0
  elif [ -n "$online" ]; then
    alone=0
    voters=$(hosts sentinels | REDIS_TIMEOUT=1 each speaks)
    if all_answer && caught_up && failover; then
      promoted || exit 0
      # The Sentinels would do the same a second later, and until then a
      # master that wants replicas would refuse writes. Clients, whose
      # writes wait here in vain, find the new master at once.
      printf '%s\n' "$online" | each follow "$heir" &
      printf '%s\n' "REPLICAOF $heir ${NODE_PORT:-6379}" \
        'CLIENT KILL TYPE normal' | redis >/dev/null
      wait
      # For the next start, if nobody can be asked then.
      remember "$heir"
      stay
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
