# How the nodes speak to each other, on the bus and to their masters: with
# TLS or without. Needs cluster-facts.awk; cluster-decide.awk calls it. A
# link outlives the change, but a node takes the ports that one of the other
# kind names for each other, and gets no new link to it: so all are changed
# at once.

# Links are of the kind that all can speak. Who was not told, because it did
# not answer, is told later: where only a part is there, by the most of all.
function common_speech(   other) {
  other = speech == "tls" ? "plain" : "tls"
  if (mode == "tend" || answers < n) {
    if (speakers[speech] * 2 > n) return speech
    if (speakers[other] * 2 > n) return other
    if (answers < n) return ""
  }
  if (capable[speech] == n) return speech
  return capable[other] == n ? other : ""
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
    for (i = 0; i < n; i++) if (!((pods[i], speech) in able)) pod = pods[i]
    say("wait", "the nodes are to speak to each other " with(speech) \
      ", and " pod " cannot yet: its pod is to be replaced")
  }
}
