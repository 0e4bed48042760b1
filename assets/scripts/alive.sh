# Startup and liveness probe: is there a Redis that answers? Any answer
# means alive, also LOADING, BUSY, MASTERDOWN, MISCONF, NOAUTH or "max
# number of clients reached": none is cured by a restart. Dead is only who
# cannot be connected to, hangs, or hangs up without a word. Reads what
# redis.sh reads. Exit code: 0 alive, 1 not; then it prints why.
. "$(dirname "$0")/redis.sh"

text=$(redis PING)
# The first word of every answer is in capitals (redis-cli exits 0 on
# errors, so its exit code says nothing); of redis-cli's own messages only
# "AUTH failed: <answer or message>" begins like that.
printf '%s\n' "$text" | sed 's/^AUTH failed: //' |
  grep -Eq '^[A-Z]+( |$)' && exit 0
printf '%s\n' "$text"
exit 1
