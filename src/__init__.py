"""Rookery: neural networks from YAML."""

import os

# Read by Polars' allocator when Polars is loaded: memory that is free again goes back to the system after half a
# second, instead of staying with the process, so that large tables fit where memory is short.
os.environ.setdefault("_RJEM_MALLOC_CONF", "background_thread:true,dirty_decay_ms:500,muzzy_decay_ms:0,retain:false")
