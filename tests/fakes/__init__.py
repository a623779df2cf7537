"""Faithful fakes of servers on the loopback, each with a ledger and faults on request."""
