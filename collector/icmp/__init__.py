"""ICMP: echo requests over sockets of our own, or by a library where these cannot be had."""
