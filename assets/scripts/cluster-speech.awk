# How the nodes speak to each other, on the bus and to their masters: with
# TLS or without. Needs cluster-facts.awk; cluster-decide.awk calls it. A
# link outlives the change, but a node takes the ports that one of the other
# kind names for each other, and gets no new link to it: so all are changed
# at once.

# What is wanted, as soon as all can; else what most speak, and all that are
# there can: who was not told, because it did not answer, is told later.
function common_speech(   kind) {
  if (answers == n) {
    if (speech != "" && capable[speech] == n) return speech
    if (capable["tls"] == n && capable["plain"] < n) return "tls"
    if (capable["plain"] == n && capable["tls"] < n) return "plain"
  }
  for (kind in speakers) {
    if (speakers[kind] * 2 > n && capable[kind] == answers) return kind
  }
  return ""
}

function change_speech(   i, pod, kind, yes, changed) {
  kind = common_speech()
  if (kind == "") return
  yes = kind == "tls" ? "yes" : "no"
  for (i = 0; i < n; i++) {
    pod = pods[i]
    if (!(pod in speaks) || speaks[pod] == kind) continue
    if (!((pod, kind) in able)) continue
    order(pod, "CONFIG SET tls-cluster " yes " tls-replication " yes, \
      pod " speaks to the others " with(kind))
    # It would go on asking its master at the port of before.
    if (master[pod] != "") order(pod, "CLUSTER REPLICATE " master[pod])
    changed = 1
  }
  if (changed) say("wait", "the nodes speak to each other " with(kind))
}

function with(kind) {
  return kind == "tls" ? "with TLS" : "without TLS"
}

# Not done before all do as they shall.
function expect_speech(   i, pod) {
  if (mode == "tend") return
  for (i = 0; i < n; i++) {
    pod = pods[i]
    if (!(pod in speaks) || speaks[pod] == speech) continue
    # The pods are replaced from the last one to the first.
    for (i = 0; (pods[i], speech) in able && i < n - 1;) i++
    pod = pods[i]
    say("wait", "the nodes are to speak to each other " with(speech) \
      ", and " pod " cannot yet: its pod is to be replaced")
  }
}
