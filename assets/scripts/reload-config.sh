# A sidecar's main loop: gives the running Redis what changed in its
# ConfigMap or in its Secrets, and prints a line for each change. Reads
# REDIS_CONF (the mounted redis.conf), RELOAD_INTERVAL (seconds, default 5),
# TMPDIR (default /tmp: what was applied is remembered there) and what
# redis.sh and password.sh read, REDIS_USERS where Redis has users: see
# users.sh, and EXPORTER_LOGIN where an exporter needs a password: see
# exporter-login.sh. Exit code: 0 on SIGTERM; it never ends by itself.
directory=$(dirname "$0")
. "$directory/redis.sh"
. "$directory/password.sh"
[ -z "${REDIS_USERS:-}" ] || . "$directory/users.sh"

applied=${TMPDIR:-/tmp}/redis.conf.applied
socket=${TMPDIR:-/tmp}/defaults.sock

# Whether the container has less memory than a `maxmemory` wants, as when
# Kubernetes took the new ConfigMap and refused the new StatefulSet.
exceeds() {
  [ "$1" = maxmemory ] && [ -n "${REDIS_MEMORY_LIMIT:-}" ] || return 1
  printf '%s\n' "$2" | awk -v limit="$REDIS_MEMORY_LIMIT" '
    BEGIN {
      factor["k"] = 1000; factor["m"] = 1000000; factor["g"] = 1000000000
      factor["kb"] = 1024; factor["mb"] = 1048576; factor["gb"] = 1073741824
    }
    {
      gsub(/"/, "")
      unit = tolower($0)
      sub(/^[0-9]+/, "", unit)
      exit !($0 * (unit in factor ? factor[unit] : 1) > limit)
    }'
}

# set_directive <name> <quoted value>: returns 1 when the server is in no
# state to answer. Redis says which changes it refuses. One connection asks
# for all, so that what is printed is what happened.
set_directive() {
  if exceeds "$1" "$2"; then
    echo "$1: needs a restart of the pod"
    return 0
  fi
  text=$(printf 'CONFIG %s\n' "GET $1" "SET $1 $2" "GET $1" | redis |
    sed '/^AUTH failed: /d')
  refusal=$(printf '%s\n' "$text" |
    grep -E '^(ERR|NOPERM|Invalid argument)')
  case $text in
    *"can't set immutable config"* | *"can't set protected config"*)
      # The pod started with what was applied before; without a memory of it
      # this is the file that the pod started with.
      [ -z "$previous" ] ||
        printf '%s\n' "$previous" | grep -qxF -- "$1 $2" ||
        echo "$1: needs a restart of the pod" ;;
    "$1
"*"
OK
$1"*)
      before=$(printf '%s\n' "$text" | sed -n 2p)
      after=$(printf '%s\n' "$text" | sed -n 5p)
      [ "$before" = "$after" ] || case $1 in
        *auth | *pass) echo "$1: changed" ;;
        *)
          printf '%s: %s -> %s\n' \
            "$1" "${before:-\"\"}" "${after:-\"\"}" ;;
      esac ;;
    *)
      [ -n "$refusal" ] || return 1
      complain "$1: $refusal"
      # Without it nothing would be saved, so it is tried until it is so.
      [ "$1" != appendonly ] ;;
  esac
}

default_of() {
  timeout 3 redis-cli -s "$socket" CONFIG GET "$1" 2>/dev/null
}

# The directives in $gone left the file and get the value of a Redis that
# has no file at all. SIGKILL ends that Redis: it has nothing to save, and
# its save points, which may be asked for, are not switched off.
set_defaults() {
  redis-server --port 0 --unixsocket "$socket" --dir "${TMPDIR:-/tmp}" \
    >/dev/null 2>&1 &
  child=$!
  attempts=0
  until [ -n "$(default_of maxmemory)" ] || [ "$attempts" -ge 100 ]; do
    attempts=$((attempts + 1))
    sleep 0.1
  done
  result=0
  for name in $gone; do
    default=$(default_of "$name")
    if [ -z "$default" ]; then
      echo "$name: needs a restart of the pod"
      continue
    fi
    default=$(printf '%s\n' "$default" | sed 1d)
    [ "$default" != "$(redis CONFIG GET "$name" | sed 1d)" ] || continue
    set_directive "$name" "$(quoted "$default")" || result=1
  done
  kill -KILL "$child"
  wait "$child" 2>/dev/null
  return "$result"
}

change_config() {
  [ -r "$REDIS_CONF" ] || return 0
  wanted=$(sh "$directory/directives.sh" <"$REDIS_CONF")
  previous=$(cat "$applied" 2>/dev/null)
  # Who speaks TLS and shows a certificate is decided where pods start.
  gone=$(printf '%s\n' "$previous" | while read -r name _; do
    printf '%s\n' "$wanted" | grep -q "^$name " || echo "$name"
  done | grep -vxE 'tls-(auth-clients|cluster|replication)')
  [ -z "$gone" ] || set_defaults || return 1
  while read -r name value; do
    [ -z "$name" ] || set_directive "$name" "$value" || return 1
  done <<EOF
$wanted
EOF
  printf '%s\n' "$wanted" >"$applied"
}

# Redis reads the files again when it is told their names, all at once. The
# connections that there are go on; a certificate that it refuses leaves it
# with the one it had.
change_certificate() {
  [ -n "$tls" ] || return 0
  there=$(certificate)
  reply=$(redis CONFIG SET tls-cert-file "$tls/tls.crt" \
    tls-key-file "$tls/tls.key" tls-ca-cert-file "$tls/ca.crt" | last_line)
  case $reply in
    OK)
      former=$(cat "$applied.tls" 2>/dev/null)
      [ -z "$former" ] || [ "$former" = "$there" ] ||
        echo 'certificate: changed'
      printf '%s\n' "$there" >"$applied.tls" ;;
    ERR*) complain "certificate: not changed: $reply" ;;
    *) return 1 ;;
  esac
}

# Gives the server the Secret's password, with the help of the one it had so
# far.
change_password() {
  [ -n "${REDIS_PASSWORD_FILE:-}" ] || return 0
  if [ -n "${REDIS_USERS:-}" ]; then
    change_users || return 1
    # From now on with the new one: the former one ends.
    new=$(own_password)
    password=${new:-$password}
    return 0
  fi
  if ! new=$(read_password); then
    complain "password: not changed: $new"
    return 0
  fi
  [ "$new" = "$password" ] || add_password "$new"
}

# Tells the exporter a password that the server has by now. It keeps nobody
# waiting for anything else.
change_exporter() {
  [ -n "${EXPORTER_LOGIN:-}" ] || return 0
  said=$(sh "$directory/exporter-login.sh" 2>&1)
  [ -z "$said" ] || complain "exporter: $said"
}

# Whether it has lost its master, and that one knows the new password.
master_has_new() {
  info=$(redis INFO replication | tr -d '\r')
  case $info in *master_link_status:down*) ;; *) return 1 ;; esac
  master=$(printf '%s\n' "$info" | sed -n 's/^master_host://p')
  case $(redis_at "$master" PING | last_line) in
    PONG | MISCONF* | LOADING*) ;;
    *) return 1 ;;
  esac
}

# A replica shows its master the new password when that one must have it, or
# has taken it already and been restarted.
finish_password() {
  ! is_settled || return 0
  if is_behind; then
    all_have_heard || master_has_new || return 0
    # What is wrong with it has been said where it was handed over.
    shown=$(shown_to_master) || return 0
    reply=$(printf '%s' "$shown" | redis -x CONFIG SET masterauth)
    case $reply in *OK*) caught_up ;; esac
  fi
  if [ -n "${REDIS_USERS:-}" ]; then
    forget_former_of_all
  else
    forget_former
  fi
}

# What a replica shows its master.
shown_to_master() {
  if [ -n "${REDIS_USERS:-}" ]; then
    shown_by "$copier"
  else
    printf '%s' "$password"
  fi
}

# All that this script is made of.
parts() {
  set -- "$0" "$directory/redis.sh" "$directory/password.sh" \
    "$directory/directives.sh"
  [ -z "${REDIS_USERS:-}" ] || set -- "$@" "$directory/users.sh"
  [ -z "${EXPORTER_LOGIN:-}" ] || set -- "$@" "$directory/exporter-login.sh"
  cksum "$@"
}

# All that it gives to Redis.
given() {
  set -- "$REDIS_CONF" ${REDIS_PASSWORD_FILE:+"$REDIS_PASSWORD_FILE"}
  [ -z "${REDIS_USERS:-}" ] ||
    set -- "$@" "$REDIS_USERS/rules" "$REDIS_USERS"/passwords/*
  cksum "$@" 2>&1
  [ -z "$tls" ] || certificate
}

# Whether it must not take writes yet: see replication-lead.sh, which says
# when it may. Should that have ended, the file counts after five minutes.
held() {
  printf 'CONFIG GET min-replicas-to-write\nINFO server\n' | redis |
    tr -d '\r' | awk '
      before == "min-replicas-to-write" { held = $0 == 65535 }
      /^uptime_in_seconds:/ { age = substr($0, 19) + 0 }
      { before = $0 }
      END { exit !(held && age < 300) }'
}

# Whether the server takes CONFIG now: MISCONF and MASTERDOWN do not hinder
# it, and a changed directive may be their cure.
reachable() {
  known=$password
  state=$(redis PING | last_line)
  case $state in
    # A server that was restarted after the Secret changed has the new
    # password already.
    NOAUTH* | WRONGPASS*)
      password=$(read_password) && state=$(redis PING | last_line) ;;
  esac
  case $state in
    PONG | MISCONF* | MASTERDOWN*) ! held; return ;;
    NOAUTH* | WRONGPASS*)
      complain "password: nobody knows the server's: restart the pod" ;;
  esac
  password=$known
  return 1
}

child=
trap '[ -z "$child" ] || kill "$child" 2>/dev/null; exit 0' TERM INT
scripts=$(parts)
finished=
while :; do
  # A server that was restarted has read the file, but may have been started
  # with something else, as start.sh does after a change of persistence.
  seen=$(
    parts
    given
    redis INFO server | grep '^run_id:'
  )
  if [ "$seen" != "$finished" ]; then
    # A new version of this script takes over, and with it the password that
    # the server has.
    if [ "$(parts)" != "$scripts" ]; then
      export REDIS_PASSWORD="$password"
      exec sh "$0"
    fi
    if reachable && change_password && change_exporter &&
      change_certificate && change_config
    then
      finished=$seen
      resolve
    fi
  fi
  finish_password
  sleep "${RELOAD_INTERVAL:-5}" & child=$!
  wait "$child"
done
