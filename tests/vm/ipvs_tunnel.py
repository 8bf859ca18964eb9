# SPDX-License-Identifier: BSD-2-Clause
"""ipvs.py's lab, whose balancer may put packets into tunnels to the servers,
and go back to direct routing. Servers take them out by the kernel's devices.
"""

import types

import hops
import ipvs
import topology as topo

METHODS = {None: "-g", "ipip": "-i --tun-type ipip",
           "gue": f"-i --tun-type gue --tun-port {hops.frames.GUE_PORT}"}
DEVICES = {"v4": "tunl0", "v6": "ip6tnl0"}  # take IP in IP from anybody
MTU = 1600              # room for tunnels around what a client may send


class TunnelLab(ipvs.IpvsLab):
    """`kind`: of the balancer's tunnels; None: direct routing."""

    layout = types.SimpleNamespace(
        **{**vars(topo), "links": lambda pool: topo.links(pool, MTU)})

    def __init__(self, scheduler="rr", kind=None):
        super().__init__(scheduler)
        self.kind, self.method = kind, METHODS[kind]

    def _load_rules(self):
        super()._load_rules()
        for s in self.pool:
            self._batch(["-n", s.name], [f"link set {device} up"
                                         for device in DEVICES.values()])
            self._batch(["-n", s.name], [
                f"fou add port {hops.frames.GUE_PORT} gue{version}"
                for version in ("", " -6")])

    def tunnel_by(self, kind):
        """From now on."""
        self.kind, self.method = kind, METHODS[kind]
        self.ipvsadm(*(f"-e -{p} {ipvs.host(topo.VIP[f])} -r "
                       f"{ipvs.host(s.address[f])} -w 1 {self.method}"
                       for s in self.pool for f in topo.FAMILIES
                       for p in ipvs.PROTOCOLS))

    def _ends(self, name):
        return next((s.address for s in self.pool if s.name == name),
                    topo.BALANCER)[self.family]

    def outer(self, sender, receiver, ttl):
        if not self.kind:
            return None
        return hops.Outer(self.kind, *map(hops.frames.plain, (
            self._ends(sender), self._ends(receiver))), ttl)
