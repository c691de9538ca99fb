"""The roof of the jobs: a process that works through the queue and does nothing else."""

import asyncio
import contextlib
import signal

import structlog

from attribution import public as attribution
from portal import app
from portal.core import db, jobs, outward
from portal.core.settings import Settings
from portal.mail import sending
from portal.mail.service import use_address

_LOG = structlog.get_logger()


async def work(settings: Settings, database_url: str) -> None:
    """Run jobs until SIGTERM or SIGINT."""
    use_address(settings.public_url)
    outward.use_way(settings.outward_ports, settings.outward_private)
    attribution.use_folder(settings.data_dir)
    sending.use_server(settings.smtp_url, settings.public_url, settings.vendor_name)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    await db.connect(database_url)
    try:
        async with jobs.running(database_url):
            _LOG.info("worker started", slices=len(app.CONTROLLERS))
            await stop.wait()
    finally:
        await db.disconnect()
