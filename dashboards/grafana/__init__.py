"""Grafana's dashboards over the mirror: written here in Python, committed as the JSON that Grafana reads."""
