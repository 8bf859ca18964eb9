# SPDX-License-Identifier: BSD-2-Clause
"""The lab's network on paper: names, addresses, and the text that ip(8),
sysctl(8) and nft(8) read to build it. Runs nothing.

    client --- nat --- lan (bridge) --- balancer
                                    +-- rs1, rs2, ...
"""

import dataclasses

PORT = 443
VIP = {"v4": "203.0.113.80", "v6": "2001:db8:80::80"}
CLIENT = {"v4": "10.0.1.2", "v6": "fd00:1::2"}
CLIENT_SIDE = {"v4": "10.0.1.1", "v6": "fd00:1::1"}
CLIENT_NET = {"v4": "10.0.1.0/24", "v6": "fd00:1::/64"}
PUBLIC = {"v4": ["198.51.100.1", "198.51.100.2"],
          "v6": ["2001:db8:1::1", "2001:db8:1::2"]}
BALANCER = {"v4": "198.51.100.3", "v6": "2001:db8:1::3"}
NAT_PORTS = range(40001, 40017)
PREFIX = {"v4": "24", "v6": "64"}
WHOLE = {"v4": "32", "v6": "128"}
FAMILIES = ("v4", "v6")
BALANCER_KINDS = ("nft", "ecmp", "map")
NFT_IP = {"v4": "ip", "v6": "ip6"}
NFT_TYPE = {"v4": "ipv4_addr", "v6": "ipv6_addr"}


@dataclasses.dataclass(frozen=True)
class Server:
    """Real server number `number`, counted from 1."""
    number: int

    @property
    def name(self):
        return f"rs{self.number}"

    @property
    def address(self):
        return {"v4": f"198.51.100.{10 + self.number}",
                "v6": f"2001:db8:1::{10 + self.number}"}

    @property
    def mac(self):
        return mac(0x10 + self.number)

    @property
    def server_id(self):
        return f"{self.number:04x}"


def mac(number):
    return f"02:00:00:00:00:{number:02x}"


MAC = {"nat": mac(1), "balancer": mac(3), "client": mac(0xc1)}


class Balancer:
    """The balancer as one more server of the pool."""
    name, address, mac = "balancer", BALANCER, MAC["balancer"]
    server_id = "00bb"


def servers(count):
    return [Server(n + 1) for n in range(count)]


def namespaces(pool):
    return ["client", "nat", "lan", "balancer"] + [s.name for s in pool]


# -- sysctl(8) arguments ----------------------------------------------------

QUIET_IPV6 = [f"net.ipv6.conf.{scope}.{key}=0"
              for scope in ("all", "default")
              for key in ("accept_dad", "dad_transmits", "accept_ra",
                          "router_solicitations", "accept_redirects")]


def _both(key, value):
    return [f"net.ipv4.conf.{scope}.{key}={value}"
            for scope in ("all", "default")]


def _forwarding(on):
    return ([f"net.ipv4.ip_forward={on}", f"net.ipv6.conf.all.forwarding={on}",
             f"net.ipv6.conf.default.forwarding={on}"]
            + _both("forwarding", on))


def sysctls(name, balancer_kind):
    common = (QUIET_IPV6 + _both("rp_filter", 0) + _both("send_redirects", 0)
              + _both("accept_redirects", 0))
    forwards = name in ("nat", "balancer", "router")
    result = common + _forwarding(int(forwards))
    if name.startswith("rs"):
        result += _both("arp_ignore", 1) + _both("arp_announce", 2)
    if name == "balancer" and balancer_kind == "ecmp":
        result += [f"net.{ip}.fib_multipath_hash_{key}" for ip in
                   ("ipv4", "ipv6") for key in ("policy=3", "fields=0x37")]
    return result


# -- ip -batch --------------------------------------------------------------

def veth(name, device, peer, peer_device, address, mtu=1500):
    return (f"link add {device} address {address} mtu {mtu} netns {name} "
            f"type veth peer name {peer_device} mtu {mtu} netns {peer}")


def links(pool, mtu=1500):
    """Every veth pair, made from outside the namespaces. `mtu`: beyond the
    NAT."""
    return [
        veth("client", "eth0", "nat", "inside", MAC["client"]),
        veth("nat", "eth0", "lan", "nat", MAC["nat"]),
        veth("balancer", "eth0", "lan", "balancer", MAC["balancer"], mtu),
    ] + [veth(s.name, "eth0", "lan", s.name, s.mac, mtu) for s in pool]


def add_address(family, address, device, prefix):
    nodad = " nodad" if family == "v6" else ""
    return f"address add {address}/{prefix} dev {device}{nodad}"


def links_up(*devices):
    return [f"link set {device} up" for device in ("lo", *devices)]


def _client_batch():
    lines = links_up("eth0")
    for f in FAMILIES:
        lines.append(add_address(f, CLIENT[f], "eth0", PREFIX[f]))
        lines.append(f"route add default via {CLIENT_SIDE[f]}")
    return lines


def _nat_batch():
    lines = links_up("eth0", "inside")
    for f in FAMILIES:
        lines.append(add_address(f, CLIENT_SIDE[f], "inside", PREFIX[f]))
        lines += [add_address(f, a, "eth0", PREFIX[f]) for a in PUBLIC[f]]
        lines.append(f"route add {VIP[f]}/{WHOLE[f]} via {BALANCER[f]}")
    return lines


def steering_ports(pool):
    """The bridge's ends of the veths that XDP sends on."""
    return ["balancer"] + [s.name for s in pool]


def interfaces(_name):
    """What quic-steer is attached to in a namespace."""
    return ["eth0"]


def bridge(name, ports):
    return ([f"link add {name} type bridge stp_state 0 mcast_snooping 0",
             f"link set {name} up"]
            + [f"link set {port} master {name} up" for port in ports])


def _balancer_batch(pool, kind):
    lines = links_up("eth0")
    for f in FAMILIES:
        lines.append(add_address(f, BALANCER[f], "eth0", PREFIX[f]))
        lines.append(f"route add default via {PUBLIC[f][0]}")
        lines += (_ecmp_routes(f, pool) if kind == "ecmp"
                  else _mark_routes(f, pool))
    return lines


def _ecmp_routes(family, pool):
    hops = " ".join(f"nexthop via {s.address[family]} dev eth0" for s in pool)
    return [f"route add {VIP[family]}/{WHOLE[family]} {hops}"]


def _mark_routes(family, pool):
    return [f"route add default via {s.address[family]} dev eth0 "
            f"table {100 + s.number}" for s in pool]


def mark_rules(pool):
    """For ip -4 and ip -6 alike: mark N leads to real server N."""
    return [f"rule add fwmark {s.number} lookup {100 + s.number}"
            for s in pool]


def _server_batch(server):
    lines = links_up("eth0")
    for f in FAMILIES:
        lines.append(add_address(f, server.address[f], "eth0", PREFIX[f]))
        lines.append(add_address(f, VIP[f], "lo", WHOLE[f]))
        lines.append(f"route add default via {PUBLIC[f][0]}")
    return lines


def batches(pool, kind):
    """Namespace name -> lines for ip -batch inside it."""
    result = {"client": _client_batch(), "nat": _nat_batch(),
              "lan": bridge("br0", ["nat", *steering_ports(pool)]),
              "balancer": _balancer_batch(pool, kind)}
    result.update({s.name: _server_batch(s) for s in pool})
    return result


# -- nft(8) rule sets -------------------------------------------------------

def client_rules():
    """A program that is done is silent about what still comes: else its kernel
    answers the last packets by ICMP errors, now and then."""
    return """
table inet lab {
	chain output {
		type filter hook output priority filter;
		icmp type destination-unreachable drop
		icmpv6 type destination-unreachable drop
	}
}"""


def nat_rules():
    """The sources of a binding come later, see nat_binding(). Late packets to
    a binding that is gone are dropped in silence, as most NATs do."""
    return """
table inet lab {
	chain postrouting { type nat hook postrouting priority srcnat; }
	chain input {
		type filter hook input priority filter;
		iifname "eth0" meta l4proto udp drop
	}
}"""


def nat_binding(family, address, port):
    """One transaction: whatever the client sends to the VIP over UDP leaves
    from this address and port, everything else is masqueraded."""
    ip = NFT_IP[family]
    host = f"[{address}]" if family == "v6" else address
    return f"""
flush chain inet lab postrouting
add rule inet lab postrouting {ip} saddr {CLIENT_NET[family]} \
{ip} daddr {VIP[family]} meta l4proto udp snat {ip} to {host}:{port}
""" + "".join(
        f"add rule inet lab postrouting {NFT_IP[f]} saddr {CLIENT_NET[f]} "
        "masquerade\n" for f in FAMILIES)


def balancer_rules(pool, kind):
    """Marks for the mark-based kinds; for every kind, no ICMPv6 redirects
    (IPv4's are off by sysctl, IPv6 has none for it)."""
    rules = []
    if kind != "ecmp":
        rules = [_mark_rule(f, pool, kind) for f in FAMILIES]
    body = "\n\t\t".join(rules)
    return f"""
table inet lab {{
	chain prerouting {{
		type filter hook prerouting priority mangle;
		{body}
	}}
	chain output {{
		type filter hook output priority filter;
		icmpv6 type nd-redirect drop
	}}
}}"""


def _mark_rule(family, pool, kind):
    ip, size = NFT_IP[family], len(pool)
    to_vip = f"{ip} daddr {VIP[family]}"
    if kind == "nft":
        hashed = f"jhash {ip} saddr . udp sport mod {size} seed 0x51 offset 1"
        return (f"{to_vip} meta l4proto udp meta mark set {hashed}\n\t\t"
                f"{to_vip} meta l4proto != udp meta mark set "
                f"jhash {ip} saddr mod {size} seed 0x51 offset 1")
    elements = ", ".join(
        f"{address} . {port} : {(port + index) % size + 1}"
        for index, address in enumerate(PUBLIC[family]) for port in NAT_PORTS)
    return (f"{to_vip} meta mark set 1\n\t\t{to_vip} meta mark set "
            f"{ip} saddr . udp sport map {{ {elements} }}")


def server_rules():
    """Counts what the stack gets and sends (that is, behind XDP)."""
    sets = counters = inputs = outputs = ""
    for f in FAMILIES:
        ip = NFT_IP[f]
        sets += (f"\tset from_{f} {{ type ether_addr . {NFT_TYPE[f]} . "
                 "inet_service; flags dynamic; size 65536; counter; }\n")
        counters += f"\tcounter sent_{f} {{ }}\n"
        inputs += (f"\t\t{ip} daddr {VIP[f]} udp dport {PORT} "
                   f"add @from_{f} "
                   f"{{ ether saddr . {ip} saddr . udp sport }}\n")
        outputs += (f"\t\t{ip} saddr {VIP[f]} udp sport {PORT} "
                    f"counter name sent_{f}\n")
    return f"""
table inet lab {{
{sets}{counters}
	chain input {{
		type filter hook input priority filter;
{inputs}	}}
	chain output {{
		type filter hook output priority filter;
{outputs}	}}
}}"""


# -- quic-steer -------------------------------------------------------------

CID_CONFIG = {
    "name": "a", "config-rotation-bits": 0, "codec": "four-pass",
    "first-octet-encodes-cid-length": True, "server-id-length": 2,
    "nonce-length": 8, "cid-key": "8f95f09245765f80256934e50c66207f",
}


def server_pool(owners, family):
    """`owners`: server ID -> the Server that has it."""
    mappings = [{"server-id": server_id, "server-address": s.address[family]}
                for server_id, s in owners.items()]
    return [{"name": "web", "server-id-mappings": mappings}]


def steering_config(pool, local=None, family="v4"):
    """`local`: the real server that the file is for; None for a balancer."""
    owners = {s.server_id: s for s in pool}
    config = {
        "role": "real-server" if local else "balancer",
        "server-pool": server_pool(owners, family),
        "cid-configs": [CID_CONFIG],
        "vip": [{"address": VIP[f], "port": PORT} for f in FAMILIES],
    }
    if local:
        config["local-server-address"] = [local.address[family]]
    return {"quiclb:quic-lb": config}
