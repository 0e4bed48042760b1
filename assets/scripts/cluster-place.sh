# Who belongs to which shard, by their number as the argument and lines
# `<pod> <zone>/<host>` on stdin. Prints lines
# `place <shard> <pod> master|replica <host>`. Exit code: 0.

# Pods of one host follow each other in a list, and each shard takes every
# so manieth of it: two nodes of a shard share a host only if that host has
# more pods than there are shards. Masters go to as many hosts as possible:
# a host that takes the majority of them with it stops all elections.
shards=$1
pods=$(cat)

# arrange <zones> <order>: within a zone, or as if there were none, the
# hosts with most pods first (0), those with most and with fewest in turn
# (1), or those with fewest (2).
arrange() {
  printf '%s\n' "$pods" | LC_ALL=C awk -v zones="$1" -v order="$2" '
    NF {
      pod[NR] = $1; host[NR] = $2; count[$2]++
      zone[$2] = zones ? $2 : "/"; sub(/\/.*/, "/", zone[$2])
    }
    END {
      for (at in count) {
        rank[at] = hosts = 0
        for (other in count) {
          if (zone[other] != zone[at]) continue
          hosts++
          more = count[other] - count[at]
          if (more > 0 || (more == 0 && other < at)) rank[at]++
        }
        place[at] = order == 2 ? hosts - rank[at] : rank[at]
        if (order != 1) continue
        place[at] = rank[at] * 2
        if (rank[at] < hosts / 2) continue
        place[at] = 2 * (hosts - 1 - rank[at]) + 1
      }
      for (i = 1; i <= NR; i++) {
        print zone[host[i]], place[host[i]], i, host[i], pod[i]
      }
    }' | LC_ALL=C sort -k1,1 -k2,2n -k3,3n
}

seat() {
  awk -v shards="$shards" '
    BEGIN { n = 0 }
    { zone[n] = $1; host[n] = $4; pod[n++] = $5 }

    function settle(shard, i) {
      if (shard in seat) zones[zone[seat[shard]]]--
      seat[shard] = i
      zones[zone[i]]++
    }

    # Finds a host with room for a master of the shard; masters that are
    # there already move on where they can.
    function find(shard,   i, at, other, masters) {
      for (masters = 0; masters <= shards; masters++) {
        for (i = shard; i < n; i += shards) {
          at = host[i]
          if (zones[zone[i]] + 0 != masters || (at in tried)) continue
          tried[at] = 1
          if (load[at] < most) { load[at]++; settle(shard, i); return 1 }
          for (other = 0; other < shards; other++) {
            if (!(other in seat) || host[seat[other]] != at) continue
            if (find(other)) { settle(shard, i); return 1 }
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
      for (i = 0; i < n; i++) {
        role = seat[i % shards] == i ? "master" : "replica"
        print "place", i % shards, pod[i], role, host[i]
      }
    }'
}

# `<hosts that have a master> <shards that are in one zone only>`
rate() {
  awk '
    { zone = $5; sub(/\/.*/, "", zone) }
    $4 == "master" && !seen[$5]++ { hosts++ }
    !count[$2]++ { first[$2] = zone; lone++ }
    zone != first[$2] && !apart[$2]++ { lone-- }
    END { print hosts + 0, lone + 0 }'
}

# As many hosts as there can be with a master.
enough=$(printf '%s\n' "$pods" | awk -v shards="$shards" '
  NF && !seen[$2]++ { hosts++ }
  END { print hosts < shards ? hosts + 0 : shards }')

# A zone that takes a whole shard with it is worse than a host with two
# masters.
most=-1
for way in '1 0' '1 1' '1 2' '0 0' '0 1'; do
  [ "$most" -lt "$enough" ] || break
  seats=$(arrange "${way% *}" "${way#* }" | seat)
  rating=$(printf '%s\n' "$seats" | rate)
  hosts=${rating% *} lone=${rating#* }
  [ "$hosts" -gt "$most" ] || continue
  [ "$most" -lt 0 ] || [ "$lone" -le "$least" ] || continue
  most=$hosts least=$lone best=$seats
done
printf '%s\n' "$best"
