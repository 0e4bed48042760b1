# What is not well, from what a node says of itself: for cluster-heal.sh,
# which asks it. The priority is Sentinel's otherwise; here 0 says that the
# node is about to stop, 1 that it has no copy of its master, 50 that it may
# take over though its copy may be old.

# Prints:
#   PEER <id> <pod> <address>     it cannot reach this one
#   ASTRAY <id> <address> <old>   it copies from another address than its
#                                 master has
#   UNSURE <id> <address> <state> it tries to copy from where its master
#                                 was; the state says if it can: open or
#                                 closed
#   OPEN                          it could not, and may again
#   LOCKED                        it refuses the password
#   BARRED                        nobody may elect it, but it has its
#                                 master's data, or is the master
#   HELD                          so it has, but all say that its master
#                                 failed, which is there
#   HEALED                        so has one that had another priority
#   ORPHAN <id> [BARE]            nobody may elect it, and its master has
#                                 failed; BARE: it has no copy of that one
#   FREE                          it may be elected
#   STALE                         its copy gets old: nobody shall elect it
#   ROBBED                        it copied something that is not its master
#   NOTED <id>                    what it copied is this
#   MASTER, SLAVE                 what it is
#   ALONE                         it knows nobody, and is the first of all
#   AMISS                         the cluster is not its plan, and this is
#                                 the first node that is there; or it has
#                                 one epoch for two masters, of which one is
#                                 wrong
#   FIRST                         all is well, and this is the first node

# The pod of an address with a name, or nothing for a stranger.
function pod(place,   parts, at) {
  split(place, parts, ",")
  at = index(parts[2], domain)
  return at <= 1 ? "" : substr(parts[2], 1, at - 1)
}

{ sub(/\r$/, "") }
/NOAUTH|WRONGPASS/ { locked = 1 }
# One that has no address of its master calls itself a master here.
/^role:slave/ { slave = 1 }
/^master_host:/ { host = substr($0, 13) }
/^master_link_status:down/ { down = 1 }
/^master_link_status:up/ { up = 1 }
# A master says something every other second; a link that was cut stays up.
/^master_last_io_seconds_ago:/ { silent = substr($0, 28) + 0 > quiet }
/^master_sync_in_progress:1/ { copying = 1 }
/^master_link_down_since_seconds:/ { age = substr($0, 32) + 0 }
/^master_replid:/ { copy = substr($0, 15) }
before == "cluster-replica-no-failover" && $0 == "yes" { barred = 1 }
before == "replica-priority" { priority = $0 }
before == "masteruser" && $0 == nobody { closed = 1 }
{ before = $0 }
NF < 8 || $3 ~ /handshake/ { next }
{ address[$1] = $2; sub(/:[0-9]+@.*/, "", address[$1]) }
{
  known++
  if ("," $3 "," ~ /,(fail|noaddr),/) failed[$1] = 1
  if ("," $3 "," ~ /,fail,/) dead[$1] = 1
  if ($3 ~ /noaddr/) nowhere[$1] = 1
  # Without a majority, nobody is said to have failed.
  if ("," $3 "," ~ /,(fail\??|noaddr),/) amiss = doubted[$1] = 1
  else if ($8 == "connected") there[pod($2)] = 1
  if ($4 != "-") copies[$4]++
  else if (NF == 8) amiss = 1
  else {
    owner[$1] = 1
    # One that is gone takes no other.
    if (!($1 in doubted) && epochs[$7]++) doubled = 1
  }
}
$3 ~ /myself/ { master = $4; owns = NF > 8; next }
$8 == "connected" && $3 !~ /noaddr/ { linked[$1] = 1 }
# Who has not answered yet may be called where it was before: that counts as
# connected, until it is given up.
$8 == "connected" && $5 == 0 && "," $3 "," !~ /,(fail\??|noaddr),/ { next }
pod($2) != "" {
  at = address[$1] == "" ? "-" : address[$1]
  peers_away = peers_away "PEER " $1 " " pod($2) " " at "\n"
}
END {
  if (locked) print "LOCKED"
  n = split(pods, plan, " ")
  for (id in owner) if (copies[id] < replicas) amiss = 1
  for (i = 1; i <= n && !(plan[i] in there); i++);
  if (known == 1) {
    if (plan[1] == self && n > 1) print "ALONE"
  } else if (known > 1) {
    if (plan[i] != self) amiss = 0
    else if (known != n) amiss = 1
    if (amiss || doubled) print "AMISS"
    else if (plan[i] == self) print "FIRST"
  }
  # Replication knows no ids: a stranger may be where the master was.
  near = up && address[master] == host
  own = near && (master in linked)
  if (own) print "NOTED", copy
  else if (up && noted != "" && noted != copy) {
    if (!barred || priority != 1) print "ROBBED"
  }
  own = own || (master == "-" && owns)
  if (own && priority != 100 && priority != 0) print "HEALED"
  # Until all have seen that the master is back, an election would cost what
  # that one acknowledges meanwhile.
  held = near && (master in dead) && !silent
  if (barred && held) print "HELD"
  else if (barred && own && !(master in dead)) print "BARRED"
  else if (barred && (master in failed)) {
    print "ORPHAN", master, (priority == 1 ? "BARE" : "")
  } else if (slave && down && !(master in doubted)) {
    # Who has no link to it at all waits for its failure.
    if (role == "master" || (age > 10 && master in linked)) {
      print "STALE"
    }
  } else if (!barred && priority != 50 && (master in nowhere)) {
    # One that had failed before is no newer than its copy.
    if (!(master in dead)) print "STALE"
  }
  if (!barred) print "FREE"
  if (slave || owns) print slave ? "SLAVE" : "MASTER"
  now = address[master]
  lost = down || (master in linked)
  if (slave && lost && now != "" && now != host) {
    print "ASTRAY", master, now, host
  }
  if (slave && down && !copying) {
    print "UNSURE", master, host, (closed ? "closed" : "open")
  } else if (closed && (up || master == "-")) print "OPEN"
  # There may be many: what is this node goes first.
  printf "%s", peers_away
}
