# The main loop beside a Sentinel: gives it passwords and users when these
# were changed, and ends it when its certificate was, since it cannot read
# another one; prints a line. Reads RELOAD_INTERVAL (seconds, default 5),
# RENEW_SECONDS (between two Sentinels, default 30), REPLICATION_HOST (this
# Sentinel's), what redis.sh, replication.sh and password.sh read, and
# REDIS_USERS where there are users: see users.sh.
# Exit code: 0 on SIGTERM; it never ends by itself.
directory=$(dirname "$0")
. "$directory/redis.sh"
. "$directory/replication.sh"
. "$directory/password.sh"
[ -z "${REDIS_USERS:-}" ] || . "$directory/users.sh"

# Who it is to nodes and to other Sentinels, where these have users.
watcher=internal-sentinel

# One that was started since has read the files itself.
give_users() {
  there=$(cksum "$REDIS_USERS/rules" "$REDIS_USERS"/passwords/* 2>&1)
  [ "$there" != "$given" ] || return 0
  change_users || return 0
  given=$there
  # From now on with the new one: the former one ends.
  new=$(own_password)
  password=${new:-$password}
}

change_password() {
  if [ -n "${REDIS_USERS:-}" ]; then
    give_users
    return
  fi
  [ -n "${REDIS_PASSWORD_FILE:-}" ] || return 0
  new=$(read_password) || return 0
  [ "$new" != "$password" ] || return 0
  known=$password
  ! add_password "$new" || return 0
  # A Sentinel that was started since has read the Secret itself.
  password=$new
  [ "$(redis PING | last_line)" = PONG ] || password=$known
}

# Somebody who was started since knows the new password only. The master
# must know it too, or it would be taken for dead.
is_out_of_touch() {
  for who in MASTER REPLICAS SENTINELS; do
    redis SENTINEL "$who" "$REPLICATION_NAME"
  done | grep -qE '(^|,)(s_down|disconnected)' || return 1
  master=$(redis SENTINEL MASTER "$REPLICATION_NAME" |
    awk 'before == "ip" { print } { before = $0 }')
  [ "$(node_at "$master" PING | last_line)" = PONG ]
}

# set_to <password> <command...>: gives the command the password as its
# last word.
set_to() {
  shown=$1
  shift
  [ "$(printf '%s' "$shown" | redis -x "$@" | last_line)" = OK ]
}

# What it shows to Redis and to other Sentinels from now on.
show_password() {
  shows=$password
  [ -z "${REDIS_USERS:-}" ] || shows=$(shown_by "$watcher") || return 1
  [ -n "$shows" ] || return 1
  set_to "$shows" SENTINEL SET "$REPLICATION_NAME" auth-pass &&
    set_to "$shows" SENTINEL CONFIG SET sentinel-pass
}

finish_password() {
  ! is_settled || return 0
  if is_behind; then
    all_have_heard || is_out_of_touch || return 0
    ! show_password || caught_up
  fi
  if [ -n "${REDIS_USERS:-}" ]; then
    forget_former_of_all
  else
    forget_former
  fi
}

# Whether a server would start with the files: the port 0 ends it.
is_valid() {
  timeout 10 redis-server --port 0 --tls-replication yes \
    --tls-cert-file "$tls/tls.crt" --tls-key-file "$tls/tls.key" \
    --tls-ca-cert-file "$tls/ca.crt" --dir "${TMPDIR:-/tmp}" 2>&1 |
    grep -q 'not listen anywhere'
}

# One after the other, in the order of the plan, while all others are there.
# Where they do not know each other's certificates any more, none waits for
# ever.
is_its_turn() {
  before=$(hosts sentinels | grep -nxF "$REPLICATION_HOST" | cut -d : -f 1)
  waits=$(($(now) - noticed))
  [ "$waits" -ge $((${before:-1} * ${RENEW_SECONDS:-30})) ] || return 1
  latest=$(((20 + ${before:-1}) * ${RENEW_SECONDS:-30}))
  [ "$waits" -lt "$latest" ] || return 0
  there=$(hosts sentinels | REDIS_TIMEOUT=1 each speaks | lines)
  [ "$there" -eq "$(hosts sentinels | lines)" ]
}

renew_certificate() {
  [ -n "$tls" ] && [ -e "$REDIS_SOCKET.certificate" ] || return 0
  if [ "$(certificate)" = "$(cat "$REDIS_SOCKET.certificate")" ]; then
    noticed=
    return 0
  fi
  if ! is_valid; then
    complain 'certificate: not changed: no Sentinel could start with it'
    return 0
  fi
  noticed=${noticed:-$(now)}
  is_its_turn || return 0
  echo 'certificate: changed, and the Sentinel is started anew'
  noticed=
  redis SHUTDOWN >/dev/null
}

# With users a Sentinel that was started since has other passwords than this
# loop has read.
answer() {
  text=$(redis PING | last_line)
  case $text in
    NOAUTH* | WRONGPASS*)
      known=$password
      if [ -n "${REDIS_USERS:-}" ] && password=$(read_password); then
        text=$(redis PING | last_line)
      fi
      [ "$text" = PONG ] || password=$known ;;
  esac
}

noticed=
given=
child=
trap '[ -z "$child" ] || kill "$child" 2>/dev/null; exit 0' TERM INT
while :; do
  change_password
  answer
  case $text in
    NOAUTH* | WRONGPASS*)
      complain "password: nobody knows the Sentinel's: restart the pod" ;;
    PONG)
      finish_password
      renew_certificate ;;
  esac
  sleep "${RELOAD_INTERVAL:-5}" & child=$!
  wait "$child"
done
