# Readiness probe of a node that stands alone: can it serve clients now?
# Reads what redis.sh reads. Exit code: 0 ready, 1 not; then it prints why.
. "$(dirname "$0")/redis.sh"

text=$(redis PING)
case $(printf '%s\n' "$text" | last_line) in
  PONG) exit 0 ;;
  # It cannot save, a full disk perhaps, and refuses writes. Reads are still
  # served.
  MISCONF*) exit 0 ;;
  # It serves those who know its password: the Secret was changed before the
  # server was. Not ready would make the rotation an outage.
  NOAUTH* | WRONGPASS*) exit 0 ;;
esac
printf '%s\n' "$text"
exit 1
