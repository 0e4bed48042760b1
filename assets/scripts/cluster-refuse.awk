# Why nothing is done with a node, or with all of them. Needs
# cluster-facts.awk; cluster-decide.awk calls it.

function refuse_strangers(   i, who) {
  for (i = 1; i <= views; i++) {
    if (listed[i] in of) continue
    who = called[listed[i]]
    # An earlier self of one of our pods is no stranger, nor is one that
    # died before it said its name.
    if (pod_of(who) != "") continue
    if (who == "" && gone_for(witness[i], listed[i])) continue
    if (who == "") {
      say("wait", witness[i] " has not heard yet who " address[i] " is")
    }
    say("stop", witness[i] " knows " address[i] \
      ", which is no node of this cluster: nothing is done")
  }
}

# Nobody tells two clusters of the same name apart but by who knows whom: a
# pod that is no part of the formed one joins it when it has no data and
# knows of none.
function refuse_other_clusters(   i, j, pod, known, more) {
  known[reference] = more = 1
  while (more) {
    more = 0
    for (i = 0; i < n; i++) {
      for (j = 0; j < n; j++) {
        pod = pods[j]
        if (!(pods[i] in known) || (pod in known) || !(pod in id)) continue
        if (((pods[i], id[pod]) in view) || ((pod, id[pods[i]]) in view)) {
          known[pod] = more = 1
        }
      }
    }
  }
  for (j = 0; j < n; j++) {
    pod = pods[j]
    if (!(pod in id) || (pod in known)) continue
    if (!(pod in informed) && (lists[pod] == 1 || !keys[pod])) continue
    say_later("stop", pod " is in another cluster: nothing is done with it")
    leave_alone(pod)
  }
}

function refuse_keys(   i, pod, text) {
  for (i = 0; i < n; i++) {
    pod = pods[i]
    if (claim[pod] != "" || master[pod] != "") continue
    # One that is known becomes a replica by itself.
    if (keys[pod] + 0 == 0 || (reference != "" && lists[pod] > 1)) continue
    text = pod " holds " keys[pod] " keys and belongs to no shard: save" \
      " them elsewhere and give the pod a blank volume"
    if (reference == "") say("stop", text)
    say_later("stop", text)
    leave_alone(pod)
  }
}
