"""The only place that knows Postgres: connections, types, DDL, the catalogue, and the embedded server."""
