"""Stores of snapshots: bytes by digest, snapshots by digest, and tags, in folders, object stores and registries."""
