# Starts a node of a replication by the command in its arguments: as the
# master if the Sentinels say so and nobody can have newer data, else as a
# replica; without Sentinels, the first node of the plan is the master.
# Reads REPLICATION_HOST (this node's), REPLICATION_DATA (default /data),
# REPLICATION_PATIENCE (seconds until it goes on without what the Sentinels
# do not do, default 60) and what redis.sh and replication.sh read.
# Exit code: that of the command; 1 without a usable password.
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/replication.sh"

conf=${2:-}
. "$(dirname "$0")/kept.sh"

# It ends with the container.
[ -z "${HOSTS_FILE:-}" ] || sh "$(dirname "$0")/names.sh" watch &

me=$REPLICATION_HOST
remembered=$(cat "$data/master" 2>/dev/null)
sentinels=$(hosts sentinels | lines)
rounds=0
refusals=0
said=

# Prints a reason to wait once.
say() {
  [ "$1" = "$said" ] || printf '%s\n' "$1"
  said=$1
}

# Sets $master to the host of the master, or to nothing while that is not
# known; $young where no node has ever followed one; and $watched where the
# Sentinels know who is the master, and so could replace it.
find_master() {
  young=
  watched=
  if [ "$sentinels" -eq 0 ]; then
    master=$(hosts nodes | head -n 1)
    return
  fi
  answers=$(views)
  count=$(printf '%s\n' "$answers" | lines)
  best=$(printf '%s\n' "$answers" | newest)
  master=$(printf '%s\n' "$best" | cut -d ' ' -f 2)
  [ "$count" -gt $((sentinels / 2)) ] || { without_majority; return; }
  watched=yes
  # Only the Sentinel that leads a failover says so.
  case $answers in
    *failover_in_progress*)
      best=
      master= ;;
  esac
  case $best in
    # They have just begun, or lost all that they knew.
    "0 $master 0 "*)
      watched=
      master=${remembered:-$master}
      [ -n "$remembered" ] || young=yes ;;
  esac
  [ -n "$master" ] || say 'waiting: the Sentinels choose a master'
}

# What few Sentinels say may be old. It is enough to follow somebody, and
# never to be the master where this node was not.
without_majority() {
  if [ "$rounds" -lt "${REPLICATION_PATIENCE:-60}" ]; then
    say "waiting: $count of $sentinels Sentinels answer"
    master=
    return
  fi
  leader=$(others "$me" | awk '$2 == "master" { print $1; exit }')
  if [ -n "$leader" ]; then
    master=$leader
  elif [ -z "$master" ] || [ "$master" = "$me" ]; then
    master=$remembered
  fi
  if [ -n "$master" ]; then
    say "too few Sentinels answer: the master is $master, as far as known"
  fi
}

# Has the Sentinels elect $richer after all. Who was copying when the master
# lost everything is nobody's choice, but keeps what it had until it has the
# rest, and with all nodes there, nobody has anything better.
allow() {
  [ "$refusals" -ge "${REPLICATION_PATIENCE:-60}" ] || return 0
  [ "$there" -ge "$(hosts nodes | lines)" ] || return 0
  node_at "$richer" INFO | tr -d '\r' | awk -F : '
    { is[$1] = $2 }
    END {
      exit !(is["role"] == "slave" && is["master_link_status"] == "down" &&
        is["master_sync_in_progress"] == 0 && is["loading"] == 0 &&
        is["slave_priority"] == 0)
    }' || return 0
  node_at "$richer" CONFIG SET replica-priority 100 >/dev/null
  say "nobody has a whole copy: $richer may lead with what it has"
}

# Up to which offset its snapshot has what masters wrote, or 0. The
# beginning of the file says so.
snapshot_offset() {
  dd if="$data/dump.rdb" bs=4096 count=1 2>/dev/null |
    redis-check-rdb /dev/stdin 2>/dev/null | awk -F "'" '
      /AUX FIELD repl-offset =/ { offset = $2 }
      END { print offset + 0 }'
}

# Whether this node, which is to be the master, may serve what it has. Its
# append-only file has every write that it acknowledged, and so has a
# snapshot as far as nobody else has more.
may_lead() {
  whole=
  if has_data && [ ! -e "$data/no-copy" ]; then whole=yes; fi
  if [ -n "$whole" ] && appends && has_append_only; then return 0; fi
  answers=$(others "$me")
  there=$(($(printf '%s\n' "$answers" | lines) + 1))
  own=0
  [ -z "$whole" ] || own=$(snapshot_offset)
  # One that has read an append-only file does not know its offset.
  richer=$(printf '%s\n' "$answers" |
    awk -v own="$own" '$3 > 0 && ($4 == 0 || $4 > own + 0)' |
    sort -k4,4rn -k3,3rn | awk '{ print $1; exit }')
  if [ -n "$whole" ]; then
    [ -n "$richer" ] && [ "$sentinels" -gt 0 ] && [ "$refusals" -lt 120 ] ||
      return 0
    say "waiting: $richer has newer data than this snapshot, and is to lead"
  elif [ -n "$richer" ]; then
    say "waiting: this master lost its data, and $richer is to lead"
    allow
  else
    # A first start does not wait for ever for a node that never was.
    [ -z "$young" ] || [ "$refusals" -lt 15 ] || return 0
    nodes=$(hosts nodes | lines)
    [ "$there" -lt "$nodes" ] || return 0
    say "waiting: this master has no data; $there of $nodes nodes answer"
  fi
  refusals=$((refusals + 1))
  return 1
}

# Without Sentinels nobody promotes the node that has the data: it leads
# until this one has copied it. See replication-ready.sh.
borrow() {
  [ "$sentinels" -eq 0 ] && [ -n "$richer" ] || return 1
  node_at "$richer" REPLICAOF NO ONE >/dev/null
  master=$richer
}

# Waiting must not make a stop wait.
trap 'exit 143' TERM INT
without_old_copies
while :; do
  find_master
  if [ -n "$master" ]; then
    [ "$master" = "$me" ] || break
    ! may_lead || break
    ! borrow || break
  fi
  rounds=$((rounds + 1))
  sleep 1
done

# For the next start, if nobody can be asked then.
remember "$master"
# What a replica has may be old, or no whole copy: nobody elects it until it
# has its master's data. See replication-ready.sh. On a full disk, `:` would
# end the script.
if [ "$master" = "$me" ]; then
  rm -f "$data/no-copy"
  echo 'starting as the master'
  # Sentinels may begin to replace it while it loads its data. So it takes
  # no write, for want of replicas, until they have heard it.
  if [ -n "$watched" ]; then
    set -- "$@" --min-replicas-to-write 65535
    sh "$(dirname "$0")/replication-lead.sh" $$ "$conf" &
  fi
else
  # Only a full volume takes no file.
  until has_data || true >"$data/no-copy"; do
    say 'waiting: nothing can be written to the volume'
    sleep 1
  done 2>/dev/null
  echo "starting as a replica of $master"
  set -- "$@" --replicaof "$master" "${NODE_PORT:-6379}" \
    --replica-priority 0
fi
# Replication knows no ids, and without a password a replica would copy any
# Redis that answers where its master was. Strangers do not know this user.
if [ -z "${REDIS_PASSWORD_FILE:-}" ]; then
  user=copy@$REPLICATION_NAME.$REPLICATION_DOMAIN
  set -- "$@" --masteruser "$user" --masterauth copy \
    --user "$user" on nopass +psync +replconf +ping
fi
# The proxy knows no password, and so need not hear of another one. All that
# it asks is whether this node has loaded its data, and who it is.
[ "$sentinels" -eq 0 ] || set -- "$@" --user proxy on nopass +ping +role
export REDIS_DATA="$data"
exec sh "$(dirname "$0")/start.sh" "$@" --replica-announce-ip "$me"
