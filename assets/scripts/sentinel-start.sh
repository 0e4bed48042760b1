# Starts a Sentinel by the command in its arguments, behind which comes its
# configuration. What it knew is kept; what the plan says is written anew.
# Reads REPLICATION_HOST (this Sentinel's), SENTINEL_DATA (default /data),
# SENTINEL_QUORUM, SENTINEL_DOWN_AFTER and SENTINEL_FAILOVER_TIMEOUT (both
# in milliseconds), SENTINEL_AUTH_CLIENTS (no, optional or yes: who shows a
# certificate), REDIS_USERS where there are users (see users.sh) and what
# redis.sh and replication.sh read.
# Exit code: that of the command; 1 without a usable password.
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/replication.sh"

# It ends with the container.
[ -z "${HOSTS_FILE:-}" ] || sh "$(dirname "$0")/names.sh" watch &

# Who it is to nodes and to other Sentinels, where these have users.
watcher=internal-sentinel
data=${SENTINEL_DATA:-/data}
conf=$data/sentinel.conf
name=$REPLICATION_NAME

# Whom this Sentinel watched, what the others say, who says so himself, or
# the first of the plan. Who has seen neither a replica nor a failover has
# only guessed: see sentinel-ready.sh.
master() {
  known=$(awk -v name="$name" '
    $1 != "sentinel" || $3 != name { next }
    $2 == "monitor" { host = $4 }
    $2 == "config-epoch" && $4 > 0 || $2 == "known-replica" { seen = 1 }
    END { if (seen) print host }' "$conf" 2>/dev/null)
  [ -n "$known" ] || known=$(views | grep -v '^0 [^ ]* 0 ' | newest |
    cut -d ' ' -f 2)
  [ -n "$known" ] ||
    known=$(others - | awk '$2 == "master" { print $1; exit }')
  echo "${known:-$(hosts nodes | head -n 1)}"
}

# What only it knows: votes, epochs, and whom it has seen. Those that are no
# longer in the plan would count as members that are down.
state() {
  { hosts nodes; hosts sentinels; cat "$conf" 2>/dev/null; } |
    awk -v name="$name" '
      NF == 1 { member[$1]; next }
      $1 != "sentinel" { next }
      $2 == "current-epoch" { print }
      $3 != name { next }
      $2 ~ /^(config|leader)-epoch$/ { print }
      $2 ~ /^known-(replica|sentinel)$/ && $4 in member { print }'
}

# The same for ever, so that no others count a Sentinel that is gone.
id() {
  printf '%s' "$REPLICATION_HOST" | sha1sum | cut -c 1-40
}

# Whom it lets in, and what it shows to nodes and to other Sentinels.
credentials() {
  if [ -n "${REDIS_USERS:-}" ]; then
    printf '%s\n' "$directives"
    echo "sentinel sentinel-user $watcher"
    echo "sentinel auth-user $name $watcher"
    shown=$(quoted "$(password_of "$watcher")")
  elif [ -n "${REDIS_PASSWORD_FILE:-}" ]; then
    shown=$(quoted "$secret")
    printf 'requirepass %s\n' "$shown"
  else
    return
  fi
  printf 'sentinel sentinel-pass %s\n' "$shown"
  printf 'sentinel auth-pass %s %s\n' "$name" "$shown"
}

# It reads certificates when it starts only: see sentinel-reload.sh.
ports() {
  if [ -z "$tls" ]; then
    echo "port ${SENTINEL_PORT:-26379}"
    return
  fi
  certificate >"$REDIS_SOCKET.certificate"
  cat <<END
port 0
tls-port ${SENTINEL_PORT:-26379}
tls-cert-file "$tls/tls.crt"
tls-key-file "$tls/tls.key"
tls-ca-cert-file "$tls/ca.crt"
tls-auth-clients ${SENTINEL_AUTH_CLIENTS:-no}
tls-replication yes
unixsocket "$REDIS_SOCKET"
unixsocketperm 700
END
}

configuration() {
  ports
  cat <<END
dir "$data"
protected-mode no
${SENTINEL_BIND:+bind $SENTINEL_BIND
}sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip "$REPLICATION_HOST"
sentinel announce-port ${SENTINEL_PORT:-26379}
sentinel deny-scripts-reconfig yes
sentinel myid $(id)
sentinel monitor $name $(master) ${NODE_PORT:-6379} $SENTINEL_QUORUM
sentinel down-after-milliseconds $name $SENTINEL_DOWN_AFTER
sentinel failover-timeout $name $SENTINEL_FAILOVER_TIMEOUT
sentinel parallel-syncs $name 1
user proxy on nopass +sentinel|get-master-addr-by-name
END
  credentials
  state
  echo '# complete'
}

give_up() {
  printf '%s\n' "$1" >&2
  exit 1
}

if [ -n "${REDIS_USERS:-}" ]; then
  . "$(dirname "$0")/users.sh"
  directives=$(user_directives) || give_up "$directives"
elif [ -n "${REDIS_PASSWORD_FILE:-}" ]; then
  secret=$(read_password) || give_up "$secret"
fi
umask 077
# A full disk must not cost it what it knew.
configuration >"$conf.new"
[ "$(tail -n 1 "$conf.new")" != '# complete' ] || mv "$conf.new" "$conf"
exec "$@" "$conf" --sentinel
