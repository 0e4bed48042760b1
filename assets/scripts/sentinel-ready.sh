# Readiness probe of a Sentinel: it answers, and knows a master and all
# other Sentinels. A rolling restart goes on when it says so. One that has
# guessed wrongly whom to watch is ended, and finds the master at its start.
# Reads what redis.sh and replication.sh read.
# Exit code: 0 ready, 1 not; then it prints why.
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/replication.sh"

text=$(redis SENTINEL MASTER "$REPLICATION_NAME" |
  sed '/^AUTH failed: /d')
known=$(printf '%s\n' "$text" | awk '
  NR % 2 { key = $0; next }
  key == "num-other-sentinels" { print $0 + 1 }')
wanted=$(hosts sentinels | lines)
case $text in
  # It serves those who know its password: the Secret was changed since.
  NOAUTH* | WRONGPASS*) exit 0 ;;
esac
# Without a volume, and with no master there at its start, a Sentinel takes
# the first node. It never lets go of a replica by itself.
guess=$(printf '%s\n' "$text" | awk '
  NR % 2 { key = $0; next }
  { is[key] = $0 }
  END { if (is["config-epoch"] is["num-slaves"] == "00") print is["ip"] }')
if [ -n "$guess" ]; then
  case $(other "$guess") in
    *' slave '*)
      leader=$(others - | awk '$2 == "master" { print $1; exit }')
      if [ -n "$leader" ]; then
        echo "it watches $guess, but the master is $leader"
        redis SHUTDOWN >/dev/null
        exit 1
      fi ;;
  esac
fi
# Of the others it remembers also those that it cannot talk to, as when only
# one of them speaks TLS or knows another password. A rolling restart must
# not give it the majority, which would elect whom it can talk to.
alone() {
  [ "$wanted" -gt 1 ] || return 1
  redis SENTINEL SENTINELS "$REPLICATION_NAME" | awk '
    before == "flags" && !/(^|,)(s_down|disconnected)/ { found = 1 }
    { before = $0 }
    END { exit found }'
}

if [ -z "$known" ]; then
  printf '%s\n' "$text"
elif [ "$known" -lt "$wanted" ]; then
  echo "it knows $known of $wanted Sentinels"
elif alone; then
  echo 'it can talk to none of the other Sentinels'
else
  exit 0
fi
exit 1
