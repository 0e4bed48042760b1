# A sidecar's main loop: brings this node and its peers together again after
# addresses have changed, and sees to it that the cluster is its plan. Reads
# CLUSTER_DOMAIN (what follows a pod's name in its host name), CLUSTER_PLAN
# (a directory, /plan), POD_NAME, HEALING (all, or links: those only),
# HEAL_INTERVAL (seconds, 1), ORPHAN_ROUNDS (60), SURE_ROUNDS (five, and as
# many as CLUSTER_NODE_TIMEOUT has seconds), REDIS_COPIER (the user of a
# replica, where Redis has users), TMPDIR (/tmp) and what its parts read.
# Exit code: 0 on SIGTERM; it never ends by itself.
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/cluster.sh"

# What is not well: see there.
troubles() {
  awk -v domain=".$CLUSTER_DOMAIN" -v self="$POD_NAME" \
    -v pods="$pods" -v replicas="$replicas" -v role="$role" \
    -v noted="$noted" -v nobody="$nobody" -v quiet="$quiet" \
    -f "$directory/cluster-troubles.awk"
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
  reply=$(echo "CLUSTER MEET $address $(ports)" | redis | last_line)
  [ "$reply" != OK ] || echo "met $2 at $address, known at $3"
}

# replicate <id> <address> <old address>
replicate() {
  there=$(REDIS_TIMEOUT=1 redis_at "$2" CLUSTER MYID | last_line)
  [ "$there" = "$1" ] || return
  reply=$(redis CLUSTER REPLICATE "$1" | last_line)
  [ "$reply" != OK ] || echo "copying from $2, no more from $3"
}

# Replication knows no ids: where the master was, another node may be by
# now, and its data would take the place of what may be the last copy. So a
# replica shows a name that nobody has until it is sure.
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

# A master that starts with a snapshot waits for a replica that has more, if
# that may be elected: see cluster-start.sh.
keeps_snapshots() {
  [ "$(redis CONFIG GET appendonly | last_line)" = no ]
}

# Redis notes in nodes.conf that it may be elected, and ends where it cannot
# write that.
can_save() {
  redis INFO persistence | grep -q '^aof_last_write_status:ok'
}

# inherit <what was found>: a master that is away for so long may never come
# back.
inherit() {
  orphan_of=${1##*ORPHAN }
  orphan_of=${orphan_of%%[!0-9a-f]*}
  if serves "$orphan_of"; then return; fi
  case $1 in
    *"$orphan_of BARE"*)
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
# As whom a replica asks its master: see cluster-start.sh and users.sh.
copier=${REDIS_COPIER:-}
[ -n "${REDIS_PASSWORD_FILE:-}" ] || copier=copy@$CLUSTER_DOMAIN
nobody=nobody@$CLUSTER_DOMAIN
scripts=$(version)
read_plan
tending=
role=
noted=
rest=30
amiss=0
orphan=0
sure=0
unsure=0
copied=
# Masters that have not found another one after the timeout agree soon that
# it failed.
enough=${SURE_ROUNDS:-$((${CLUSTER_NODE_TIMEOUT:-5000} / 1000 + 5))}
quiet=$((enough / 2))
[ "$quiet" -ge 5 ] || quiet=5
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
    *BARRED*)
      orphan=0 copied=yes
      sure=$((sure + 1))
      if [ "$sure" -ge "$enough" ] || keeps_snapshots; then
        ! can_save || set_directive cluster-replica-no-failover no
      fi ;;
    *HELD*) orphan=0 sure=0 copied=yes ;;
    *ORPHAN*BARE*) orphan=$((orphan + 1)) ;;
    *ORPHAN*)
      orphan=$((orphan + 1))
      # The master was there, and failed again: the copy is a whole one.
      [ -z "$copied" ] || [ "$orphan" -lt 2 ] ||
        set_directive cluster-replica-no-failover no ;;
    *STALE*)
      orphan=0 sure=0 copied=
      set_directive cluster-replica-no-failover yes ;;
    *FREE*) orphan=0 sure=0 copied= ;;
    *)
      orphan=0 sure=0
      # It knows nothing of its master.
      unsure=$((unsure + 1))
      [ "$unsure" -lt $((2 * enough)) ] || copied= ;;
  esac
  case $found in *BARRED* | *HELD*) unsure=0 ;; esac
  if [ "$orphan" -ge "${ORPHAN_ROUNDS:-60}" ]; then
    orphan=0
    inherit "$found"
  fi
  case $found in
    *ROBBED*)
      echo 'may not take over: what it copied is not its master'
      copied=
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
    *AMISS*) amiss=$((amiss + 6)) rest=10 ;;
    *ALONE*) amiss=$((amiss + 1)) ;;
    *) amiss=0 ;;
  esac
  [ "$amiss" -lt 30 ] || { amiss=0; tend; }
  # Every half minute; sooner after something was amiss.
  rest=$((rest - 1))
  if [ "$rest" -le 0 ]; then
    rest=30
    [ "$(version)" = "$scripts" ] || exec sh "$0"
    read_plan
    case $found in *FIRST*) tend ;; esac
  fi
  sleep "${HEAL_INTERVAL:-1}"
done
