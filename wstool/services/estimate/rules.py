"""
The rules of a plan, in the order in which they are computed.

Rates are per second. What is sized follows the peak, what is paid for by volume the
mean. ``up_`` and ``down_`` are figures of a message from and to a client.
"""

from __future__ import annotations

from wstool.services.estimate.formulas import Rule


__all__ = ["LOAD_RULES", "POLLING_RULES", "SERVER_RULES", "WEBSOCKET_RULES"]

LOAD_RULES = (
    Rule("messages_in", "messages from clients", "/s", "connections * rate_up"),
    Rule("deliveries", "copies that fan out", "/s", "messages_in * fan_out"),
    Rule("replies", "messages to single clients", "/s", "connections * rate_down"),
    Rule("messages_out", "messages to clients", "/s", "replies + deliveries"),
    Rule(
        "segment_headers",
        "headers of a segment",
        "bytes",
        "ip_header + tcp_header",
    ),
    Rule(
        "record_headers",
        "overhead of a TLS record",
        "bytes",
        "tls * tls_record_overhead",
    ),
    Rule(
        "window_memory",
        "deflate windows of a connection",
        "bytes",
        # zlib's zconf.h: both compressor and decompressor; 7,000 for their states.
        "takeover * (2 ** (window_bits + 2) + 2 ** (memory_level + 9)"
        " + 2 ** window_bits + 7000)",
    ),
)

WEBSOCKET_RULES = (
    Rule(
        "connection_memory",
        "memory of a connection",
        "bytes",
        "memory_per_connection + kernel_memory + tls * tls_memory + window_memory",
    ),
    Rule(
        "pings",
        "pings",
        "/s",
        "connections / ping_interval if ping_interval else 0",
    ),
    Rule(
        "keepalive_up",
        "pongs",
        "bytes/s",
        "pings * (frame_header(0, 1) + record_headers + segment_headers)",
    ),
    Rule(
        "keepalive_down",
        "pings, and acknowledgements of pongs",
        "bytes/s",
        "pings * (frame_header(0, 0) + record_headers + 2 * segment_headers)",
    ),
    Rule("openings", "openings", "/s", "connections / connection_lifetime"),
    Rule(
        "opening_up",
        "openings",
        "bytes/s",
        "openings * (handshake_request + tls * tls_handshake_up + (1 + tls"
        " + tcp_handshake_segments) * segment_headers)",
    ),
    Rule(
        "opening_down",
        "openings",
        "bytes/s",
        "openings * (handshake_response + tls * tls_handshake_down + (1 + tls"
        " * ceil(tls_handshake_down / mss) + tcp_handshake_segments)"
        " * segment_headers)",
    ),
    Rule("payload_up", "payload", "bytes/s", "messages_in * up_payload"),
    Rule("payload_down", "payload", "bytes/s", "messages_out * down_payload"),
    Rule("framing_up", "WebSocket framing", "bytes/s", "messages_in * up_header"),
    Rule("framing_down", "WebSocket framing", "bytes/s", "messages_out * down_header"),
    Rule("tls_up", "TLS records", "bytes/s", "messages_in * up_tls_bytes"),
    Rule("tls_down", "TLS records", "bytes/s", "messages_out * down_tls_bytes"),
    Rule(
        "tcp_up",
        "TCP/IP headers and acknowledgements",
        "bytes/s",
        "messages_in * up_tcp_ip + messages_out * down_ack_bytes",
    ),
    Rule(
        "tcp_down",
        "TCP/IP headers and acknowledgements",
        "bytes/s",
        "messages_out * down_tcp_ip + messages_in * up_ack_bytes",
    ),
    Rule(
        "messages_up",
        "messages, with all their layers",
        "bytes/s",
        "payload_up + framing_up + tls_up + tcp_up",
    ),
    Rule(
        "messages_down",
        "messages, with all their layers",
        "bytes/s",
        "payload_down + framing_down + tls_down + tcp_down",
    ),
    Rule(
        "up",
        "from clients",
        "bytes/s",
        "messages_up + keepalive_up + opening_up",
    ),
    Rule(
        "down",
        "to clients",
        "bytes/s",
        "messages_down + keepalive_down + opening_down",
    ),
    Rule(
        "up_peak",
        "from clients, at the peak",
        "bytes/s",
        "messages_up * peak + keepalive_up + opening_up",
    ),
    Rule(
        "down_peak",
        "to clients, at the peak",
        "bytes/s",
        "messages_down * peak + keepalive_down + opening_down",
    ),
    Rule(
        "cpu_messages",
        "messages in, and out by themselves",
        "cores",
        "((messages_in + replies) * peak + 2 * pings) * cpu_per_message / 1e6",
    ),
    Rule(
        "cpu_fan_out",
        "copies that fan out",
        "cores",
        "deliveries * peak * cpu_per_delivery / 1e6",
    ),
    Rule(
        "cpu_payload",
        "payload",
        "cores",
        "(messages_in * up_size + messages_out * down_size) * peak * cpu_per_mb / 1e12",
    ),
    Rule(
        "cpu_tls",
        "TLS",
        "cores",
        "peak * ((messages_in * up_records + messages_out * down_records)"
        " * cpu_per_tls_record + tls * (messages_in * up_frame + messages_out"
        " * down_frame) * cpu_per_tls_mb / 1e6) / 1e6",
    ),
    Rule(
        "compressions",
        "messages to compress",
        "/s",
        # Without context takeover a message that fans out is compressed once.
        "replies + (deliveries if takeover else messages_in * min(fan_out, 1))",
    ),
    Rule(
        "cpu_deflate",
        "deflate",
        "cores",
        "peak * (compressions * down_deflated * cpu_per_deflated_mb"
        " + messages_in * up_deflated * cpu_per_inflated_mb) / 1e12",
    ),
    Rule("cpu_openings", "openings", "cores", "openings * cpu_per_opening / 1e6"),
    Rule(
        "cores",
        "CPU at the peak",
        "cores",
        "cpu_messages + cpu_fan_out + cpu_payload + cpu_tls + cpu_deflate"
        " + cpu_openings",
    ),
    Rule("requests", "HTTP requests", "/s", "openings"),
    Rule("latency_mean", "latency, mean", "s", "network_rtt / 2"),
    Rule("latency_worst", "latency, worst", "s", "network_rtt / 2"),
)

POLLING_RULES = (
    Rule(
        "connection_memory",
        "memory of a connection",
        "bytes",
        "memory_per_connection + kernel_memory + tls * tls_memory",
    ),
    Rule("polls", "polls", "/s", "connections / poll_interval"),
    Rule("posts", "messages sent by POST", "/s", "messages_in"),
    Rule("requests", "HTTP requests", "/s", "polls + posts"),
    Rule(
        "waiting",
        "messages that a poll finds",
        "messages",
        "messages_out / polls",
    ),
    Rule(
        "answer",
        "response to a poll",
        "bytes",
        "poll_response + waiting * (down_payload + poll_separator)",
    ),
    Rule(
        "poll_up",
        "request of a poll, with its layers and the response's acknowledgement",
        "bytes",
        "poll_request + record_headers * ceil(poll_request / tls_record_size)"
        " + (ceil(poll_request / mss) + (ceil(answer / mss) - 1) // ack_every + 1)"
        " * segment_headers",
    ),
    Rule(
        "poll_down",
        "response to a poll, with its layers",
        "bytes",
        "answer + record_headers * ceil(answer / tls_record_size)"
        " + ceil(answer / mss) * segment_headers",
    ),
    Rule("post", "request of a POST", "bytes", "poll_request + up_payload"),
    Rule(
        "post_up",
        "request of a POST, with its layers",
        "bytes",
        "post + record_headers * ceil(post / tls_record_size)"
        " + (ceil(post / mss) + 1) * segment_headers",
    ),
    Rule(
        "post_down",
        "response to a POST, with its layers",
        "bytes",
        "poll_response + record_headers + segment_headers"
        " * (1 + (ceil(post / mss) - 1) // ack_every)",
    ),
    Rule("up", "from clients", "bytes/s", "polls * poll_up + posts * post_up"),
    Rule("down", "to clients", "bytes/s", "polls * poll_down + posts * post_down"),
    Rule(
        "waiting_bytes",
        "messages in the responses",
        "bytes/s",
        "messages_out * (down_payload + poll_separator)",
    ),
    Rule(
        "up_peak",
        "from clients, at the peak",
        "bytes/s",
        "polls * poll_up + posts * post_up * peak",
    ),
    Rule(
        "down_peak",
        "to clients, at the peak",
        "bytes/s",
        "down + (peak - 1) * (waiting_bytes + posts * post_down)",
    ),
    Rule(
        "cpu_requests",
        "requests",
        "cores",
        "(polls + posts * peak) * cpu_per_request / 1e6",
    ),
    Rule(
        "cpu_payload",
        "payload",
        "cores",
        "(messages_in * up_size + messages_out * down_size) * peak * cpu_per_mb / 1e12",
    ),
    Rule(
        "cpu_tls",
        "TLS",
        "cores",
        "tls * (2 * (polls + posts * peak) * cpu_per_tls_record"
        " + (up_peak + down_peak) * cpu_per_tls_mb / 1e6) / 1e6",
    ),
    Rule(
        "cpu_deflate",
        "deflate",
        "cores",
        "peak * (messages_out * down_deflated * cpu_per_deflated_mb"
        " + messages_in * up_deflated * cpu_per_inflated_mb) / 1e12",
    ),
    Rule(
        "cores",
        "CPU at the peak",
        "cores",
        "cpu_requests + cpu_payload + cpu_tls + cpu_deflate",
    ),
    Rule("latency_mean", "latency, mean", "s", "(poll_interval + network_rtt) / 2"),
    Rule("latency_worst", "latency, worst", "s", "poll_interval + network_rtt / 2"),
)

SERVER_RULES = (
    Rule("memory", "memory", "bytes", "connections * connection_memory"),
    Rule(
        "by_cpu",
        "servers for the CPU",
        "servers",
        "cores / (cores_per_server * target_utilization)",
    ),
    Rule(
        "by_memory",
        "servers for the memory",
        "servers",
        "memory / (max(memory_per_server - memory_base, 1) * target_utilization)",
    ),
    Rule(
        "by_network",
        "servers for the network",
        "servers",
        "max(up_peak, down_peak) * 8 / 1e6 / (network_per_server * target_utilization)",
    ),
    Rule(
        "by_connections",
        "servers for the connections",
        "servers",
        "connections / connections_per_server",
    ),
    Rule(
        "servers",
        "servers",
        "servers",
        "max(ceil(max(by_cpu, by_memory, by_network, by_connections)), 1)"
        " + ceil(spare_servers)",
    ),
    Rule(
        "used_cpu",
        "used CPU",
        "%",
        "100 * cores / (servers * cores_per_server)",
    ),
    Rule(
        "used_memory",
        "used memory",
        "%",
        "100 * (memory + servers * memory_base) / (servers * memory_per_server)",
    ),
    Rule(
        "used_network",
        "used network",
        "%",
        "100 * max(up_peak, down_peak) * 8 / 1e6 / (servers * network_per_server)",
    ),
    Rule(
        "used_connections",
        "used connections",
        "%",
        "100 * by_connections / servers",
    ),
    Rule("traffic", "sent in a month", "GB", "down * seconds_per_month / 1e9"),
    Rule(
        "cost_servers",
        "cost of servers",
        "$/month",
        "servers * (cores_per_server * price_core"
        " + memory_per_server / 2 ** 30 * price_memory)",
    ),
    Rule("cost_traffic", "cost of traffic", "$/month", "traffic * price_gb"),
    Rule("cost", "cost", "$/month", "cost_servers + cost_traffic"),
)
"""For either way of carrying, whose own rules give ``up``, ``down`` and ``cores``."""
