# Sourced by the other scripts: how they talk to the Redis of this pod, or
# to the one at REDIS_HOST. Reads REDIS_PORT (default 6379), REDIS_USER
# (default: Redis' `default`), REDIS_PASSWORD_FILE (default: no password),
# REDIS_TIMEOUT (seconds, default 3), REDIS_TLS_DIRECTORY (where ca.crt,
# tls.crt and tls.key are; default: no TLS), REDIS_PLAIN_PORT (that without
# TLS, where there are both) and REDIS_SOCKET (of the local node).

tls=${REDIS_TLS_DIRECTORY:-}

# read_password [file]: prints the password in it, or in
# REDIS_PASSWORD_FILE; says why and returns 1 when it is none. One line of
# text, because no shell and no client can hand over anything else unharmed.
read_password() {
  set -- "${1:-$REDIS_PASSWORD_FILE}"
  if ! secret=$(cat "$1" 2>/dev/null); then
    echo "cannot read the password file $1"
    return 1
  fi
  case $secret in
    '') set -- "$1" 'is empty' ;;
    *[[:cntrl:]]*)
      set -- "$1" 'has a line break or control character in it' ;;
  esac
  if [ $# -gt 1 ]; then
    echo "the password in $1 $2"
    return 1
  fi
  printf '%s\n' "$secret"
}

# Runs redis-cli against the local node; what goes wrong is part of the
# output. redis-cli itself would wait forever for a hanging server. Not
# localhost: it needs a hosts file, and redis-cli does not go on to ::1
# anyway. 127.0.0.1 is on the loopback interface of an IPv6-only pod as
# well, and Redis listens on it by default. The password is in the
# environment, where `ps` does not show it. Through a socket nobody asks for
# a certificate: the local node answers also while its own is of no use.
redis() {
  (
    # redis-cli would send an empty one too.
    if [ -n "$password" ]; then export REDISCLI_AUTH="$password"; fi
    if [ -n "${REDIS_SOCKET:-}" ] && [ -z "${REDIS_HOST:-}" ]; then
      set -- -s "$REDIS_SOCKET" "$@"
    else
      [ -z "$tls" ] || [ -n "${REDIS_PLAINLY:-}" ] ||
        set -- --tls --cacert "$tls/ca.crt" --cert "$tls/tls.crt" \
          --key "$tls/tls.key" "$@"
      set -- -h "${REDIS_HOST:-127.0.0.1}" -p "${REDIS_PORT:-6379}" "$@"
    fi
    [ -z "${REDIS_USER:-}" ] || set -- --user "$REDIS_USER" "$@"
    exec timeout "${REDIS_TIMEOUT:-3}" redis-cli --no-auth-warning "$@" 2>&1
  )
  # The timeout of the Debian image says 124; that of busybox leaves the
  # signal's 143, about which its shell wants to talk, too.
  case $? in
    124 | 143) echo "no answer within ${REDIS_TIMEOUT:-3} seconds" ;;
  esac
} 2>/dev/null

# redis_at <address> <command...>: asks the Redis at another address. While
# ports are opened and closed pod by pod, one may not have that of TLS.
redis_at() (
  export REDIS_HOST="$1"
  shift
  if [ -n "$tls" ] && [ -n "${REDIS_PLAIN_PORT:-}" ]; then
    said=$(redis INFO server </dev/null)
    case $said in
      *'Connection refused'*)
        export REDIS_PLAINLY=yes REDIS_PORT="$REDIS_PLAIN_PORT" ;;
      *'no answer within'*) echo "$said"; return 0 ;;
    esac
  fi
  redis "$@"
)

# each <command>: runs it for each line on stdin with its words as
# arguments, some at once, so that a silent one does not hold up all.
each() (
  running=0
  while read -r one other; do
    "$@" "$one" "$other" &
    running=$((running + 1))
    [ $((running % 16)) -ne 0 ] || wait
  done
  wait
)

# quoted <text>: between double quotes, where Redis knows two special
# characters.
quoted() {
  printf '"%s"\n' "$(printf '%s\n' "$1" | LC_ALL=C sed 's/[\\"]/\\&/g')"
}

# What the files of the certificate are now.
certificate() {
  cksum "$tls/ca.crt" "$tls/tls.crt" "$tls/tls.key" 2>&1
}

# The last line that is not blank: redis-cli may complain about its own AUTH
# before it prints the answer to the command.
last_line() {
  awk 'NF { line = $0 } END { print line }'
}

# A password that cannot be read is no reason to stop: a probe learns enough
# from NOAUTH. A caller that knows better may hand one over.
password=${REDIS_PASSWORD:-}
unset REDIS_PASSWORD
if [ -z "$password" ] && [ -n "${REDIS_PASSWORD_FILE:-}" ]; then
  password=$(read_password) || password=
fi
