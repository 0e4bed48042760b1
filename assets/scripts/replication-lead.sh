# Has a node that was started to be the master take writes once no Sentinel
# can be replacing it any more: they would be lost. Arguments: the process
# of its Redis, and redis.conf. Reads REPLICATION_HOST, REPLICATION_DATA
# (default /data), REPLICATION_PATIENCE (seconds until it goes on without
# what the Sentinels do not do, default 60) and what redis.sh and
# replication.sh read.
# Exit code: 0, whoever leads in the end.
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/replication.sh"

me=$REPLICATION_HOST
conf=$2
directory=$(dirname "$0")
all=$(hosts sentinels | lines)
began=
well_since=

# Seconds of a clock that does not jump.
now() {
  cut -d . -f 1 /proc/uptime
}

# Prints `master`, `slave`, or nothing while it loads its data or is silent.
role() {
  printf 'INFO replication\nINFO persistence\n' | redis | tr -d '\r' |
    awk -F : '
      { is[$1] = $2 }
      END { if (is["loading"] == "0") print is["role"] }'
}

# It was started with more replicas to wait for than there can be. Now what
# redis.conf says of that counts.
release() {
  usual=$(sh "$directory/directives.sh" <"$conf" | awk '
    $1 == "min-replicas-to-write" { gsub(/"/, "", $2); value = $2 }
    END { print value + 0 }')
  redis CONFIG SET min-replicas-to-write "$usual" </dev/null >/dev/null
}

lead() {
  release
  echo "leads: $1"
  exit 0
}

# What it has may be old from now on, as at a start: see
# replication-start.sh.
give_way() {
  remember "$1"
  printf '%s\n' 'CONFIG SET replica-priority 0' \
    "REPLICAOF $1 ${NODE_PORT:-6379}" 'CLIENT KILL TYPE normal' |
    redis >/dev/null
  release
  echo "copies $1, which was made the master meanwhile"
  exit 0
}

# What the Sentinels say: `busy` where one replaces it; `all` where all talk
# to it; `most`; or nothing.
opinion() {
  printf '%s\n' "$answers" | awk -v all="$all" -v me="$me" '
    $4 ~ /failover_in_progress/ { busy = 1 }
    $2 == me && $4 !~ /_down|disconnected/ { good++ }
    END {
      if (busy) print "busy"
      else if (good == all) print "all"
      else if (good * 2 > all) print "most"
    }'
}

# Who does not answer may be about to replace it, with votes that it has
# asked for: they count for ten seconds.
heard() {
  case $(opinion) in
    all) return 0 ;;
    busy) well_since=; return 1 ;;
    most)
      [ -n "$well_since" ] || well_since=$(now)
      [ "$(now)" -gt $((well_since + 10)) ] || late ;;
    *) well_since=; late ;;
  esac
}

late() {
  [ "$(now)" -ge $((began + ${REPLICATION_PATIENCE:-60})) ]
}

# Without most Sentinels, what the nodes say counts.
decide_alone() {
  late || return 0
  leader=$(others "$me" | awk '$2 == "master" { print $1; exit }')
  [ -z "$leader" ] || give_way "$leader"
  lead 'too few Sentinels answer, and nobody else does'
}

decide() {
  answers=$(export REDIS_TIMEOUT=1; views)
  best=$(printf '%s\n' "$answers" | newest)
  if [ $(($(printf '%s\n' "$answers" | lines) * 2)) -le "$all" ]; then
    decide_alone
    return
  fi
  case $best in
    *" $me "*) ! heard || lead 'the Sentinels have heard it' ;;
    # They have lost all that they knew, and take the first node.
    '0 '*' 0 '*) [ "$(opinion)" = busy ] || lead 'the Sentinels are new' ;;
    *) give_way "$(printf '%s\n' "$best" | cut -d ' ' -f 2)" ;;
  esac
}

while kill -0 "$1" 2>/dev/null; do
  case $(role) in
    master)
      [ -n "$began" ] || began=$(now)
      decide ;;
    # A Sentinel was faster.
    slave)
      redis CONFIG SET replica-priority 0 </dev/null >/dev/null
      release
      exit 0 ;;
    # Perhaps it refuses a password that was changed.
    *) password=$(read_password) || password= ;;
  esac
  sleep 0.5
done
exit 0
