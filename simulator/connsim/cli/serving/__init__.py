"""What ``connsim serve`` runs: ports, options, and scenario files that are read again when they change."""
