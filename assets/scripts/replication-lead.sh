# Makes a node the master that was started to be it, once no Sentinel can be
# replacing it any more: what it acknowledged meanwhile would be lost. Until
# then it copies nobody, so that clients wait. Argument: the process of its
# Redis. Reads REPLICATION_HOST, REPLICATION_DATA (default /data),
# REPLICATION_PATIENCE (seconds until it goes on without what the Sentinels
# do not do, default 60) and what redis.sh and replication.sh read.
# Exit code: 0, whoever leads in the end.
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/replication.sh"

me=$REPLICATION_HOST
all=$(hosts sentinels | lines)
rounds=0

# Prints `silent`, `waits` where it copies nobody, or nothing where it has
# got a role meanwhile.
state() {
  redis INFO replication </dev/null | tr -d '\r' | awk -F : '
    { is[$1] = $2 }
    END {
      if (!("role" in is)) print "silent"
      else if (is["role"] == "slave" && is["master_port"] == 1) {
        print "waits"
      }
    }'
}

# replicate <host> <port> <what to say of it>. It may still load its data.
replicate() {
  reply=$(redis REPLICAOF "$1" "$2" </dev/null | last_line)
  [ "$reply" != OK ] || echo "$3"
}

# Whether most Sentinels talk to it, and none says that it must go.
heard() {
  printf '%s\n' "$answers" | awk -v all="$all" -v late="$late" '
    $4 ~ /failover_in_progress/ { busy = 1 }
    $4 ~ /o_down/ { down = 1 }
    $4 !~ /s_down|disconnected/ { good++ }
    END { exit busy || !(late || (!down && good * 2 > all)) }'
}

lead() {
  replicate NO ONE "leads: $1"
}

# What it has may be old from now on, as at a start: see
# replication-start.sh.
give_way() {
  redis CONFIG SET replica-priority 0 </dev/null >/dev/null
  remember "$1"
  replicate "$1" "${NODE_PORT:-6379}" \
    "copies $1, which was made the master meanwhile"
}

decide() {
  late=
  [ "$rounds" -lt $((${REPLICATION_PATIENCE:-60} * 2)) ] || late=yes
  answers=$(views)
  best=$(printf '%s\n' "$answers" | newest)
  master=$(printf '%s\n' "$best" | cut -d ' ' -f 2)
  if [ $(($(printf '%s\n' "$answers" | lines) * 2)) -le "$all" ]; then
    [ -n "$late" ] || return 0
    leader=$(others "$me" | awk '$2 == "master" { print $1; exit }')
    if [ -n "$leader" ]; then give_way "$leader"
    else lead 'too few Sentinels answer, and nobody else does'; fi
    return 0
  fi
  case $best in
    "0 $master 0 "*) lead 'the Sentinels have lost all that they knew' ;;
    *" $me "*)
      if heard; then lead 'the Sentinels have heard it'; fi ;;
    *) give_way "$master" ;;
  esac
}

while kill -0 "$1" 2>/dev/null; do
  case $(state) in
    waits) decide ;;
    silent) ;;
    *) break ;;
  esac
  rounds=$((rounds + 1))
  sleep 0.5
done
exit 0
