# Makes a cluster of the nodes of the plan, from blank nodes, from half of a
# cluster, or from a living one, which is left alone. May be ended anywhere,
# run again and run twice at once. Reads FORM_SECONDS (300), FORM_DELAY
# (seconds before it asks for names: 4 at first, then 2) and what redis.sh,
# cluster.sh, cluster-look.sh and cluster-obey.sh read.
# Exit code: 0 formed, 1 not; the last line says why.
directory=$(dirname "$0")
. "$directory/redis.sh"
. "$directory/cluster.sh"
. "$directory/cluster-look.sh"
. "$directory/cluster-obey.sh"

scripts=$(version)
started=$(date +%s)
said=
more=
if [ -n "$tls" ] && ! why=$(sh "$directory/cluster-certificate.sh"); then
  echo "$why"
  exit 1
fi
sleep "${FORM_DELAY:-4}"
while :; do
  observe "$more"
  # What another version saw is not for this one to judge.
  [ "$(version)" = "$scripts" ] || exec sh "$0"
  decide form >"$facts/orders"
  obey
  read -r what why <"$facts/end"
  case $what in
    done) echo "the cluster is formed: $why"; exit 0 ;;
    stop) echo "stopped: $why"; exit 1 ;;
  esac
  [ "$said" = "$why" ] || echo "$why"
  said=$why
  if [ $(($(date +%s) - started)) -ge "${FORM_SECONDS:-300}" ]; then
    echo "not formed within ${FORM_SECONDS:-300} seconds: $why"
    exit 1
  fi
  sleep 0.3
  # To ask the name service more often would only get the old answer.
  more=all
  [ -z "$(missing)" ] || sleep "${FORM_DELAY:-2}"
done
