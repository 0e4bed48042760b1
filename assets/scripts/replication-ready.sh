# Readiness probe of a node of a replication: can it serve clients now? It
# also remembers the master for the next start, and keeps a replica from
# being elected that has no whole copy, or an old one.
# Reads REPLICATION_HOST, REPLICATION_DATA (default /data),
# REPLICATION_PATIENCE (seconds until an old copy is better than none,
# default 60) and what redis.sh and replication.sh read.
# Exit code: 0 ready, 1 not; then it prints why.
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/replication.sh"

text=$(printf '%s\n' PING 'INFO replication' 'INFO persistence' \
  'INFO server' | redis --raw | tr -d '\r' | sed '/^AUTH failed: /d')

# field <name>: its value in what Redis says.
field() {
  printf '%s\n' "$text" | sed -n "s/^$1://p"
}

# It may be elected from now on.
admit() {
  [ -e "$data/no-copy" ] || [ "$(field slave_priority)" = 0 ] || return 0
  answer=$(redis CONFIG SET replica-priority 100 | last_line)
  [ "$answer" != OK ] || rm -f "$data/no-copy"
}

# Seconds since the start of Redis. What it says itself follows the clock,
# which may jump. Behind its name, which may have blanks, a process has its
# start in hundredths of a second; that of who reads it is now.
age() {
  sed 's/^.*) //' "/proc/$(field process_id)/stat" /proc/self/stat |
    awk '{ start[NR] = $20 } END { print int((start[2] - start[1]) / 100) }'
}

# Whether its master is gone: one that loads its data or is refused a
# password answers.
is_away() {
  case $(node_at "$1" PING | last_line) in
    *SSL* | *certificate*) return 1 ;;
    'Could not connect'* | 'no answer'* | '') ;;
    *) return 1 ;;
  esac
}

# Whether it has what it had at its start, and its master may never return.
orphaned() {
  [ ! -e "$data/no-copy" ] && [ "$(field loading)" = 0 ] &&
    [ "$(age)" -ge "${REPLICATION_PATIENCE:-60}" ] &&
    is_away "$(field master_host)"
}

# Sentinel knows a replica that is copying by its old offset at best: with
# this priority it is nobody's choice.
if [ "$(field master_sync_in_progress)" = 1 ]; then
  true >"$data/no-copy"
  redis CONFIG SET replica-priority 0 >/dev/null
fi
case $text in
  # It serves those who know its password: the Secret was changed before
  # the server was. Not ready would make the rotation an outage.
  NOAUTH* | WRONGPASS*) exit 0 ;;
  # MISCONF: it cannot save and refuses writes. Reads are still served.
  # MASTERDOWN: without its master it serves nobody, as it was told.
  PONG* | MISCONF* | MASTERDOWN*) ;;
  *)
    printf '%s\n' "$text" | head -n 1
    exit 1 ;;
esac
# Without Sentinels the first node of the plan is the master, but while it
# copies what it lost.
fixed=
[ -n "$(hosts sentinels)" ] || fixed=$(hosts nodes | head -n 1)
if [ "$(field role)" = master ]; then
  if [ -n "$fixed" ] && [ "$fixed" != "$REPLICATION_HOST" ]; then
    case $(other "$fixed") in
      *" master 0 "*) ;;
      *' master '*) follow "$fixed" "$REPLICATION_HOST" ;;
    esac
    echo 'it is to follow the first node, which is not there'
    exit 1
  fi
  remember "$REPLICATION_HOST"
  admit
  exit 0
fi
if [ "$(field master_link_status)" != up ]; then
  ! orphaned || admit
  if [ -e "$data/no-copy" ]; then
    echo 'it has no whole copy, and its master is not there'
  else
    echo 'it does not have the data of its master yet'
  fi
  exit 1
fi
remember "$(field master_host)"
if [ -e "$data/no-copy" ]; then
  writing=$(field aof_rewrite_in_progress)$(field aof_rewrite_scheduled)
  if [ "$writing" != 00 ]; then
    echo 'what it has copied is not on its volume yet'
    exit 1
  fi
fi
admit
# Whom it borrowed its data from follows it again.
[ "$fixed" != "$REPLICATION_HOST" ] || redis REPLICAOF NO ONE >/dev/null
exit 0
