# Looks at the whole cluster once, and does what brings it back to its plan.
# Prints a line for each thing done, and why no more can be done where that
# is so for the second time. Reads TMPDIR (/tmp), where it keeps what it
# said last, and what cluster-look.sh and cluster-obey.sh read.
# Exit code: 0.
directory=$(dirname "$0")
. "$directory/redis.sh"
. "$directory/cluster.sh"
. "$directory/cluster-look.sh"
. "$directory/cluster-obey.sh"

scripts=$(version)
said=${TMPDIR:-/tmp}/said
idle=0
rounds=0
# As long as there is something to do, or to wait for what was done.
while [ "$idle" -lt 5 ] && [ "$rounds" -lt 100 ]; do
  rounds=$((rounds + 1))
  observe all
  # What another version saw is not for this one to judge.
  [ "$(version)" = "$scripts" ] || exit 0
  decide tend >"$facts/orders"
  obey
  read -r what why <"$facts/end"
  [ "$what" = wait ] || break
  idle=$((idle + 1))
  case $(wc -l <"$facts/orders") in
    1) [ "$idle" -ne 1 ] || break ;;
    *) idle=1 ;;
  esac
  sleep 0.5
done
[ "$what" = stop ] || why=
# Only what is so the next time too: nodes that are restarted come back.
before=$(cat "$said.before" 2>/dev/null)
echo "$why" >"$said.before"
[ "$why" = "$before" ] || exit 0
if [ "$why" != "$(cat "$said" 2>/dev/null)" ]; then
  echo "$why" >"$said"
  [ -z "$why" ] || echo "stopped: $why"
fi
