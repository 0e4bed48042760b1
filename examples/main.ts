// Synthesizes every example. Each is an app of its own, as yours would be.
import './cluster/main';
import './four-strategies/main';
import './k3s-longhorn/main';
import './locked/main';
import './replication/main';
import './web-cache/main';
