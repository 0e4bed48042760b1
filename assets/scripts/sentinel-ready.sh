# Readiness probe of a Sentinel: it answers, and knows a master and all
# other Sentinels. A rolling restart goes on when it says so.
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
if [ -z "$known" ]; then
  printf '%s\n' "$text"
elif [ "$known" -lt "$wanted" ]; then
  echo "it knows $known of $wanted Sentinels"
else
  exit 0
fi
exit 1
