# SPDX-License-Identifier: BSD-2-Clause
"""Single packets sent at boxes of a lab, and everything that became of them:
each frame that crossed the bridge, each verdict, each arrival at a stack."""

import collections
import time

import frames
import lab as lab_module
import topology as topo

QUIET = 0.25 * lab_module.SLOWNESS  # seconds without a frame: it is over
STORM = 20_000                      # frames of one shot: it never is
FIRST_PORT = 20_001                 # no binding of the NAT

# forwards: frames that a box other than the sender put on the wire.
# verdicts: box -> {reason: packets} of the VIP. stacks: server -> packets.
Shot = collections.namedtuple("Shot", "frames forwards verdicts stacks")


class Range:
    """One lab. Every shot has a source port of its own, by which its frames
    are known wherever they turn up."""

    def __init__(self, lab):
        self.lab = lab
        self.port = FIRST_PORT
        self.captures = [frames.Capture(lab.capture("lan", "br0"))]

    def cid(self, server_id):
        config = topo.CID_CONFIG
        return self.lab.run([
            lab_module.build_path("tools", "quiclb"), "encode",
            "--codec", config["codec"], "--config-rotation",
            str(config["config-rotation-bits"]), "--server-id", server_id,
            "--nonce-len", str(config["nonce-length"]), "--encode-length",
            "--key", config["cid-key"]]).stdout.strip()

    def send(self, family, to, server_id, count=1, ttl=64, sender="balancer",
             source=None, device="eth0", size=60):
        """Sends and does not wait; returns the source port. `to`: a MAC.
        `source`: the MAC that it claims to come from. `size`: UDP payload."""
        self.port += 1
        packet = frames.udp(topo.PUBLIC[family][0], topo.VIP[family],
                            (self.port, topo.PORT),
                            frames.short_header(self.cid(server_id), size), ttl)
        frame = frames.ethernet(to, source or topo.MAC[sender], packet)
        frames.send(self.lab, sender, [frame] * count, device)
        return self.port

    def crossed(self, port):
        """The frames of one shot that have crossed the bridge so far."""
        return [f for capture in self.captures for f in capture.read()
                if f.port == port]

    def settled(self, port):
        """The same, once no more of them come."""
        return self.quiet(lambda: self.crossed(port))

    def quiet(self, crossed):
        """What crossed() returns, once it returns no more than before."""
        last, since = [], time.monotonic()
        while time.monotonic() - since < QUIET:
            time.sleep(QUIET / 10)
            now = crossed()
            if len(now) > STORM:
                raise self.lab.error(f"a packet storm: {len(now)} frames")
            if len(now) != len(last):
                last, since = now, time.monotonic()
        return last

    def counters(self, family):
        """Box -> packets to the VIP by reason."""
        result = {}
        for name in self.lab.steering:
            vips = self.lab.steer_status(name)["vips"]
            result[name] = next(v["packets"] for v in vips
                                if v["address"] == topo.VIP[family])
        return result

    def stacks(self, family, port):
        return {s.name: sum(a.packets for a in self.lab.arrivals(s.name, family)
                            if a.port == port) for s in self.lab.pool}

    def shoot(self, family, to, server_id, **how):
        before = self.counters(family)
        port = self.send(family, to, server_id, **how)
        seen = self.settled(port)
        after = self.counters(family)
        verdicts = {name: {reason: n - before[name][reason]
                           for reason, n in counts.items()
                           if n != before[name][reason]}
                    for name, counts in after.items()}
        return Shot(seen, len(seen) - how.get("count", 1), verdicts,
                    self.stacks(family, port))
