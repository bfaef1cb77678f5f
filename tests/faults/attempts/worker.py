"""The Celery app of the stage: session_service's, with nothing in its schedule but the closing of
assessments, every two seconds.
"""

from dataclasses import replace

from libs.celery import celery_app
from session_service.assessments.schemas import CloseDue
from session_service.worker import WORKER

app = celery_app(replace(WORKER, schedule={CloseDue: 2}))
