# A sidecar's main loop: brings this node and its peers together again after
# addresses have changed, and sees to it that the cluster is its plan. Has a
# line for each thing done. Reads CLUSTER_DOMAIN (what follows a pod's name
# in its host name), CLUSTER_PLAN (a directory, /plan), POD_NAME, HEALING
# (all, or links: those only), HEAL_INTERVAL (seconds, default 1),
# ORPHAN_ROUNDS (default 60), TMPDIR (/tmp) and what redis.sh, cluster.sh
# and cluster-tend.sh read.
# Exit code: 0 on SIGTERM; it never ends by itself.
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/cluster.sh"

# What is not well, from what this node says. Its priority is Sentinel's
# otherwise; here 0 says that it is about to stop, 1 that it has no copy of
# its master, 50 that it may take over though its copy may be old.
#   PEER <id> <pod> <address>     it cannot reach this one
#   ASTRAY <id> <address> <old>   it copies from another address than its
#                                 master has
#   UNSURE <id> <address> <state> it tries to copy from where its master was;
#                                 the state says if it can: open or closed
#   OPEN                          it could not, and may again
#   LOCKED                        it refuses the password
#   BARRED                        nobody may elect it, but it has its
#                                 master's data, or is the master
#   HEALED                        so has one that had another priority
#   ORPHAN <id> [bare]            nobody may elect it, and its master has
#                                 failed; bare: it has no copy of that one
#   STALE                         its copy gets old: nobody shall elect it
#   ROBBED                        it copied something that is not its master
#   NOTED <id>                    what it copied is this
#   MASTER, SLAVE                 what it is
#   ALONE                         it knows nobody, and is the first of all
#   AMISS                         the cluster is not its plan, and this is
#                                 the first node that is there; or it has
#                                 one epoch for two masters, of which one is
#                                 wrong
#   FIRST                         all is well, and this is the first node
troubles() {
  awk -v domain=".$CLUSTER_DOMAIN" -v self="$POD_NAME" \
    -v pods="$pods" -v replicas="$replicas" -v role="$role" \
    -v noted="$noted" -v nobody="$nobody" '
    function pod(place,   parts, at) {
      split(place, parts, ",")
      at = index(parts[2], domain)
      return at <= 1 ? "" : substr(parts[2], 1, at - 1)
    }
    { sub(/\r$/, "") }
    /NOAUTH|WRONGPASS/ { locked = 1 }
    # One that has no address of its master calls itself a master here.
    /^role:slave/ { slave = 1 }
    /^master_host:/ { host = substr($0, 13) }
    /^master_link_status:down/ { down = 1 }
    /^master_link_status:up/ { up = 1 }
    /^master_sync_in_progress:1/ { copying = 1 }
    /^master_link_down_since_seconds:/ { age = substr($0, 32) + 0 }
    /^master_replid:/ { copy = substr($0, 15) }
    before == "cluster-replica-no-failover" && $0 == "yes" { barred = 1 }
    before == "replica-priority" { priority = $0 }
    before == "masteruser" && $0 == nobody { closed = 1 }
    { before = $0 }
    NF < 8 || $3 ~ /handshake/ { next }
    { address[$1] = $2; sub(/:[0-9]+@.*/, "", address[$1]) }
    {
      known++
      if ("," $3 "," ~ /,(fail|noaddr),/) failed[$1] = 1
      if ("," $3 "," ~ /,fail,/) dead[$1] = 1
      if ($3 ~ /noaddr/) nowhere[$1] = 1
      # Without a majority, nobody is said to have failed.
      if ("," $3 "," ~ /,(fail\??|noaddr),/) amiss = doubted[$1] = 1
      else if ($8 == "connected") there[pod($2)] = 1
      if ($4 != "-") copies[$4]++
      else if (NF == 8) amiss = 1
      else {
        owner[$1] = 1
        # One that is gone takes no other.
        if (!($1 in doubted) && epochs[$7]++) doubled = 1
      }
    }
    $3 ~ /myself/ { master = $4; owns = NF > 8; next }
    $8 == "connected" && $3 !~ /noaddr/ { linked[$1] = 1 }
    $8 == "connected" && "," $3 "," !~ /,(fail\??|noaddr),/ { next }
    pod($2) != "" {
      at = address[$1] == "" ? "-" : address[$1]
      peers_away = peers_away "PEER " $1 " " pod($2) " " at "\n"
    }
    END {
      if (locked) print "LOCKED"
      n = split(pods, plan, " ")
      for (id in owner) if (copies[id] < replicas) amiss = 1
      for (i = 1; i <= n && !(plan[i] in there); i++);
      if (known == 1) {
        if (plan[1] == self && n > 1) print "ALONE"
      } else if (known > 1) {
        if (plan[i] != self) amiss = 0
        else if (known != n) amiss = 1
        if (amiss || doubled) print "AMISS"
        else if (plan[i] == self) print "FIRST"
      }
      # Replication knows no ids: a stranger may be where the master was.
      own = up && (master in linked) && address[master] == host
      if (own) print "NOTED", copy
      else if (up && noted != "" && noted != copy) {
        if (!barred || priority != 1) print "ROBBED"
      }
      own = own || (master == "-" && owns)
      if (own && priority != 100 && priority != 0) print "HEALED"
      if (barred && own) print "BARRED"
      else if (barred && (master in failed)) {
        print "ORPHAN", master, (priority == 1 ? "bare" : "")
      } else if (!barred && slave && down && !(master in doubted)) {
        # Who has no link to it at all waits for its failure.
        if (role == "master" || (age > 10 && master in linked)) {
          print "STALE"
        }
      } else if (!barred && priority != 50 && (master in nowhere)) {
        # One that had failed before is no newer than its copy.
        if (!(master in dead)) print "STALE"
      }
      if (slave || owns) print slave ? "SLAVE" : "MASTER"
      now = address[master]
      lost = down || (master in linked)
      if (slave && lost && now != "" && now != host) {
        print "ASTRAY", master, now, host
      }
      if (slave && down && !copying) {
        print "UNSURE", master, host, (closed ? "closed" : "open")
      } else if (closed && (up || master == "-")) print "OPEN"
      # There may be many: what is this node goes first.
      printf "%s", peers_away
    }'
}

# The handshake asks for no password, and a wrong one would merge two
# clusters: who is not the known one is never met.
# meet <id> <pod> <known address>
meet() {
  address=$(address_of "$2")
  # Where nothing has changed, Redis dials again by itself.
  if [ -z "$address" ] || [ "$address" = "$3" ]; then return; fi
  there=$(redis_at "$address" CLUSTER MYID | last_line)
  [ "$there" = "$1" ] || return
  reply=$(redis CLUSTER MEET "$address" "${REDIS_PORT:-6379}" | last_line)
  [ "$reply" != OK ] || echo "met $2 at $address, known at $3"
}

# replicate <id> <address> <old address>
replicate() {
  there=$(REDIS_TIMEOUT=1 redis_at "$2" CLUSTER MYID | last_line)
  [ "$there" = "$1" ] || return
  reply=$(redis CLUSTER REPLICATE "$1" | last_line)
  [ "$reply" != OK ] || echo "copying from $2, no more from $3"
}

# Replication knows no ids: where the master was, another node may be by now,
# and its data would take the place of what may be the last copy. So a replica
# shows a name that nobody has until it is sure.
# guard <id of its master> <address> <open or closed>
guard() {
  there=$(REDIS_TIMEOUT=1 redis_at "$2" CLUSTER MYID | last_line)
  case $there,$3 in
    "$1",closed) set_directive masteruser "$copier" ;;
    "$1",open) ;;
    *,open)
      set_directive masteruser "$nobody"
      case $there in
        '' | *[!0-9a-f]*) ;;
        *) echo "copies nothing from $2: that is not its master any more" ;;
      esac ;;
  esac
}

# Some at once, so that a silent peer does not hold up all.
heal() {
  running=0
  while read -r what id one other; do
    case $what in
      PEER) meet "$id" "$one" "$other" & ;;
      ASTRAY) replicate "$id" "$one" "$other" & ;;
      UNSURE) guard "$id" "$one" "$other" & ;;
      *) continue ;;
    esac
    running=$((running + 1))
    [ $((running % 16)) -ne 0 ] || wait
  done
  wait
}

read_plan() {
  pods=$(tr '\n' ' ' <"${CLUSTER_PLAN:-/plan}/nodes")
  replicas=$(cat "${CLUSTER_PLAN:-/plan}/replicas-per-shard")
}

# set_directive <name> <value>
set_directive() {
  redis CONFIG SET "$1" "$2" >/dev/null
}

# serves <id>: whether anybody else has a link to that master.
serves() {
  addresses_of_all | while read -r address; do
    [ "$address" != "$POD_IP" ] || continue
    redis_at "$address" CLUSTER NODES </dev/null
  done | awk -v id="$1" '
    $1 == id && $8 == "connected" && $3 !~ /myself|fail(\?|,|$)|noaddr/ {
      found = 1
    }
    END { exit !found }'
}

# inherit <what was found>: a master that is away for so long may never come
# back.
inherit() {
  orphan_of=${1##*ORPHAN }
  orphan_of=${orphan_of%%[!0-9a-f]*}
  if serves "$orphan_of"; then return; fi
  case $1 in
    *"$orphan_of bare"*)
      echo 'waits: its master is away for long, and this node has no copy' \
        'of its data' ;;
    *)
      echo 'may take over with what it had when it was started: its' \
        'master is away for long'
      set_directive replica-priority 50
      set_directive cluster-replica-no-failover no ;;
  esac
}

# Beside all else: it may wait for nodes that do not answer.
tend() {
  [ "${HEALING:-all}" = all ] || return 0
  [ -z "$tending" ] || ! kill -0 "$tending" 2>/dev/null || return 0
  sh "$directory/cluster-tend.sh" &
  tending=$!
}

directory=$(dirname "$0")
trap 'exit 0' TERM INT
# Of looks that were killed.
rm -rf "${TMPDIR:-/tmp}"/facts.*
# As whom a replica asks its master: see cluster-start.sh.
copier=
[ -n "${REDIS_PASSWORD_FILE:-}" ] || copier=copy@$CLUSTER_DOMAIN
nobody=nobody@$CLUSTER_DOMAIN
scripts=$(version)
read_plan
tending=
role=
noted=
rounds=0
amiss=0
orphan=0
while :; do
  # Should its master change in between, the nodes have the newer one.
  found=$(printf '%s\n' 'INFO replication' 'CLUSTER NODES' \
    'CONFIG GET cluster-replica-no-failover' 'CONFIG GET masteruser' \
    'CONFIG GET replica-priority' | redis | troubles)
  case $found in
    # The Secret was changed, and the server has the new password already.
    *LOCKED*) password=$(read_password) || password= ;;
    *PEER* | *ASTRAY* | *UNSURE*) printf '%s\n' "$found" | heal ;;
  esac
  case $found in
    *BARRED*) orphan=0; set_directive cluster-replica-no-failover no ;;
    *ORPHAN*) orphan=$((orphan + 1)) ;;
    *STALE*) orphan=0; set_directive cluster-replica-no-failover yes ;;
    *) orphan=0 ;;
  esac
  if [ "$orphan" -ge "${ORPHAN_ROUNDS:-60}" ]; then
    orphan=0
    inherit "$found"
  fi
  case $found in
    *ROBBED*)
      echo 'may not take over: what it copied is not its master'
      set_directive cluster-replica-no-failover yes
      set_directive replica-priority 1 ;;
    *NOTED*) noted=${found##*NOTED }; noted=${noted%%[!0-9a-f]*} ;;
  esac
  case $found in
    *OPEN*) set_directive masteruser "$copier" ;;
  esac
  case $found in
    *HEALED*) set_directive replica-priority 100 ;;
  esac
  case $found in
    *MASTER*) role=master ;;
    *SLAVE*) role=slave ;;
  esac
  # Redis itself and the Job come first, and restarts pass by.
  case $found in
    *AMISS*) amiss=$((amiss + 6)) ;;
    *ALONE*) amiss=$((amiss + 1)) ;;
    *) amiss=0 ;;
  esac
  [ "$amiss" -lt 30 ] || { amiss=0; tend; }
  rounds=$((rounds + 1))
  if [ $((rounds % 30)) -eq 0 ]; then
    [ "$(version)" = "$scripts" ] || exec sh "$0"
    read_plan
    case $found in *FIRST*) tend ;; esac
  fi
  sleep "${HEAL_INTERVAL:-1}"
done
