# Starts the proxy in front of a replication by the command in its
# arguments. Its configuration needs what only the pod knows.
# Reads REPLICATION_DOMAIN, REDIS_TLS_DIRECTORY (where the files of its
# certificate are; default: no TLS) and RELOAD_INTERVAL (seconds, default
# 5). Exit code: that of the command.
. "$(dirname "$0")/replication.sh"

# A proxy looks names up without the pod's search list, whose first entry
# is the namespace: it needs whole names.
PROXY_DOMAIN=$(whole_domain)
# Where the kernel knows IPv6, that is both.
PROXY_BIND='*'
[ ! -e /proc/net/if_inet6 ] || PROXY_BIND=::
export PROXY_DOMAIN PROXY_BIND

# renew <command...>: has it begin anew when the files of its certificate
# have changed, if it can with them. Clients are cut off after a while, as
# at a stop.
renew() {
  known=$(cksum "$REDIS_TLS_DIRECTORY"/*)
  while sleep "${RELOAD_INTERVAL:-5}" && kill -0 $$; do
    there=$(cksum "$REDIS_TLS_DIRECTORY"/*)
    [ "$there" != "$known" ] || continue
    known=$there
    if "$@" -c >/dev/null 2>&1; then
      echo 'certificate: changed'
      kill -USR2 $$
    else
      echo 'certificate: not changed: the proxy could not start with it'
    fi
  done
}

[ -z "${REDIS_TLS_DIRECTORY:-}" ] || renew "$@" &
exec "$@"
