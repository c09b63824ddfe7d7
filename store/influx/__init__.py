"""InfluxDB as the metrics store: who answers, line protocol in, InfluxQL out."""
