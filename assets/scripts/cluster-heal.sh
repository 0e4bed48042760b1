# A sidecar's main loop: brings this node and its peers together again after
# addresses have changed. A line for each thing done. Reads CLUSTER_DOMAIN
# (what follows a pod's name in its host name), HEAL_INTERVAL (seconds,
# default 1) and what redis.sh and cluster.sh read.
# Exit code: 0 on SIGTERM; it never ends by itself.
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/cluster.sh"

# Lines `<id> <pod> <address>` for the peers that this node cannot reach.
lost() {
  awk -v domain=".$CLUSTER_DOMAIN" '
    NF < 8 || $3 ~ /myself|handshake/ { next }
    $8 == "connected" && "," $3 "," !~ /,(fail\??|noaddr),/ { next }
    {
      split($2, parts, ","); at = index(parts[2], domain)
      if (at <= 1) next
      sub(/:[0-9]+(@.*)?$/, "", parts[1])
      known = parts[1] == "" ? "-" : parts[1]
      print $1, substr(parts[2], 1, at - 1), known
    }'
}

# The id of the master and two addresses, where this replica copies from
# another address than its master has.
astray() {
  awk '
    { sub(/\r$/, "") }
    $3 ~ /myself/ { id = $4 }
    NF >= 8 { address[$1] = $2; sub(/:[0-9]+@.*/, "", address[$1]) }
    /^role:slave/ { slave = 1 }
    /^master_host:/ { host = substr($0, 13) }
    /^master_link_status:down/ { down = 1 }
    END {
      if (slave && down && address[id] != "" && address[id] != host) {
        print id, address[id], host
      }
    }'
}

# The handshake asks for no password, and a wrong one would merge two
# clusters: who is not the known one is never met.
meet() {
  while read -r id pod known; do
    address=$(address_of "$pod")
    # Where nothing has changed, Redis dials again by itself.
    if [ -z "$address" ] || [ "$address" = "$known" ]; then continue; fi
    there=$(redis_at "$address" CLUSTER MYID </dev/null | last_line)
    [ "$there" = "$id" ] || continue
    set -- CLUSTER MEET "$address" "${REDIS_PORT:-6379}"
    reply=$(redis "$@" </dev/null | last_line)
    [ "$reply" != OK ] || echo "met $pod at $address, known at $known"
  done
}

replicate() {
  while read -r id address old; do
    reply=$(redis CLUSTER REPLICATE "$id" </dev/null | last_line)
    [ "$reply" != OK ] || echo "copying from $address, no more from $old"
  done
}

directory=$(dirname "$0")
trap 'exit 0' TERM INT
scripts=$(cksum "$directory"/*.sh)
while :; do
  view=$(printf 'CLUSTER NODES\nINFO replication\n' | redis)
  # The Secret was changed, and the server has the new password already.
  case $view in
    *NOAUTH* | *WRONGPASS*) password=$(read_password) || password= ;;
  esac
  peers=$(printf '%s\n' "$view" | lost)
  [ -z "$peers" ] || printf '%s\n' "$peers" | meet
  stale=$(printf '%s\n' "$view" | astray)
  [ -z "$stale" ] || printf '%s\n' "$stale" | replicate
  # A new version of this script takes over.
  [ "$(cksum "$directory"/*.sh)" = "$scripts" ] || exec sh "$0"
  sleep "${HEAL_INTERVAL:-1}"
done
