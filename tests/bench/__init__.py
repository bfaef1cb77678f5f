"""`make bench`: our paths beside bare programs, in one run (docs/performance.md)."""
