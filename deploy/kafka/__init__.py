"""Apache Kafka itself, without Docker: its jars from Maven Central, one KRaft node for tests."""
