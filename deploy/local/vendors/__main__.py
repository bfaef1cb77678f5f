"""`python -m deploy.local.vendors`: see `process.py`; settings come from the environment."""

import asyncio
import logging
import os
import sys

from deploy.local.vendors.process import main
from deploy.local.vendors.settings import BadSettings, from_environment

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        asyncio.run(main(from_environment(os.environ)))
    except BadSettings as error:
        sys.exit(str(error))
