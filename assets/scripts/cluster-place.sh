# Who belongs to which shard:  sh cluster-place.sh <shards>  with lines `<pod> <zone>/<host>` on stdin
# Pods of one host follow each other in the sorted list, and each shard takes every so manieth of it: two nodes of a shard share a host
# only if that host has more pods than there are shards. Masters then go to different hosts as far as that is possible: a host that takes
# the majority of masters with it stops all elections.
# Prints lines `place <shard> <pod> master|replica`. Exit code: 0.

# Within a zone the hosts with most pods come first: so the small ones get masters, too.
LC_ALL=C awk '
  { pod[NR] = $1; host[NR] = $2; count[$2]++ }
  END { for (i = 1; i <= NR; i++) { zone = host[i]; sub(/\/.*/, "", zone); print host[i], i, pod[i], zone "/", count[host[i]] } }' |
  LC_ALL=C sort -k4,4 -k5,5nr -k1,1 -k2,2n | LC_ALL=C awk -v shards="$1" '
  BEGIN { n = 0 }
  { host[n] = $1; zone[n] = $1; sub(/\/.*/, "", zone[n]); pod[n++] = $3 }

  function settle(shard, i) {
    if (shard in seat) zones[zone[seat[shard]]]--
    seat[shard] = i
    zones[zone[i]]++
  }

  # Finds a host with room for a master of the shard; masters that are there already move on where they can.
  function find(shard,   i, at, other, masters) {
    for (masters = 0; masters <= shards; masters++) {
      for (i = shard; i < n; i += shards) {
        at = host[i]
        if (zones[zone[i]] + 0 != masters || (at in tried)) continue
        tried[at] = 1
        if (load[at] < most) { load[at]++; settle(shard, i); return 1 }
        for (other = 0; other < shards; other++) {
          if ((other in seat) && host[seat[other]] == at && find(other)) { settle(shard, i); return 1 }
        }
      }
    }
    return 0
  }

  END {
    for (most = 1; placed < shards && most <= n; most++) {
      for (shard = 0; shard < shards; shard++) {
        split("", tried)
        if (!(shard in seat) && find(shard)) placed++
      }
    }
    for (i = 0; i < n; i++) print "place", i % shards, pod[i], seat[i % shards] == i ? "master" : "replica"
  }'
