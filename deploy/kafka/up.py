"""`python -m deploy.kafka.up`: `make up` with Apache Kafka in the place of the local broker.

For `make faults KAFKA=apache`. Its log begins empty at every start.
"""

import sys

from deploy.kafka.broker import apache
from deploy.kafka.jars import NotResolved
from deploy.local import up
from deploy.local.places import Place

if __name__ == "__main__":
    try:
        broker = apache()
    except NotResolved as reason:
        sys.exit(f"Apache Kafka cannot be had here: {reason}")
    sys.exit(up.run(Place.of_environment(), broker))
