# What to do next for a cluster to become its plan: facts on stdin, as
# cluster-look.sh collects them. Prints orders for cluster-obey.sh, and at
# last `wait`, `stop` or `done` with a text. Exit code: 0.
directory=$(dirname "$0")
set --
for part in facts refuse speech mend improve decide; do
  set -- "$@" -f "$directory/cluster-$part.awk"
done
LC_ALL=C awk "$@"
