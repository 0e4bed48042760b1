# The main loop beside a Sentinel: gives it the Secret's password when that
# was changed, and prints a line. Reads RELOAD_INTERVAL (seconds, default 5)
# and what redis.sh, replication.sh and password.sh read.
# Exit code: 0 on SIGTERM; it never ends by itself.
directory=$(dirname "$0")
. "$directory/redis.sh"
. "$directory/replication.sh"
. "$directory/password.sh"

change_password() {
  new=$(read_password) || return 0
  [ "$new" != "$password" ] || return 0
  known=$password
  ! add_password "$new" || return 0
  # A Sentinel that was started since has read the Secret itself.
  password=$new
  [ "$(redis PING | last_line)" = PONG ] || password=$known
}

# Somebody who was started since knows the new password only.
is_out_of_touch() {
  for who in MASTER REPLICAS SENTINELS; do
    redis SENTINEL "$who" "$REPLICATION_NAME"
  done | grep -qE '(^|,)(s_down|disconnected)'
}

# set_to_password <command...>: gives the command the password as its last
# word.
set_to_password() {
  [ "$(printf '%s' "$password" | redis -x "$@" | last_line)" = OK ]
}

# What it shows to Redis and to other Sentinels from now on.
show_password() {
  set_to_password SENTINEL SET "$REPLICATION_NAME" auth-pass &&
    set_to_password SENTINEL CONFIG SET sentinel-pass
}

finish_password() {
  ! is_settled || return 0
  if is_behind; then
    all_have_heard || is_out_of_touch || return 0
    ! show_password || caught_up
  fi
  forget_former
}

child=
trap '[ -z "$child" ] || kill "$child" 2>/dev/null; exit 0' TERM INT
while :; do
  change_password
  case $(redis PING | last_line) in
    NOAUTH* | WRONGPASS*)
      complain "password: nobody knows the Sentinel's: restart the pod" ;;
    PONG) finish_password ;;
  esac
  sleep "${RELOAD_INTERVAL:-5}" & child=$!
  wait "$child"
done
