"""Nova's own code over a host's folders: its image backends, cache manager, fetching and locks, from the package `nova`.

Nothing of it is replaced but what lies beyond the host: Glance (`Glance`), the database's block devices, and the privsep
daemon, which is done without. Import it only where Nova is installed.
"""

import logging
import os
import threading
import uuid
import warnings
from pathlib import Path

os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"
warnings.simplefilter("ignore")

import nova.conf  # noqa: E402
import nova.privsep  # noqa: E402
import nova.privsep.qemu  # noqa: E402
from nova import context, objects  # noqa: E402
from nova.virt import images  # noqa: E402
from nova.virt.libvirt import driver, imagebackend, imagecache, utils  # noqa: E402

CONF = nova.conf.CONF
ADMIN = None


class Glance:
    """What Nova asks of it, answered from the test's image server's own list."""

    def __init__(self, server):
        self.server = server
        self.formats: dict[str, str] = {}
        self.downloads: list[str] = []
        self.gate: threading.Event | None = None  # a download stops half way until this is set
        self.half = threading.Event()  # set when one has got there

    def get(self, _context, image_id, **_):
        return {"id": image_id, "disk_format": self.formats.get(image_id, "raw"), "properties": {}}

    def download(self, _context, image_id, data=None, dest_path=None, trusted_certs=None):
        self.downloads.append(image_id)
        content = self.server.images["/" + image_id].data
        with open(dest_path, "wb") as file:
            file.write(content[:len(content) // 2])
            file.flush()
            self.half.set()
            if self.gate:
                assert self.gate.wait(60)
            file.write(content[len(content) // 2:])


class Lines(logging.Handler):
    """Nova's log; `on_line` is called with each message, by the thread that logs it."""

    def __init__(self):
        super().__init__()
        self.messages: list[str] = []
        self.on_line = None

    def emit(self, record):
        message = record.getMessage()
        self.messages.append(message)
        if self.on_line:
            self.on_line(message)


class NovaCompute:
    """A nova-compute on the agent's host; one at a time, since Nova's settings are the process's."""

    def __init__(self, agent, server):
        global ADMIN
        if ADMIN is None:
            CONF([], project="nova", default_config_files=[])
            objects.register_all()
            nova.privsep.sys_admin_pctxt.set_client_mode(False)
            nova.privsep.qemu.QEMU_IMG_LIMITS = None
            ADMIN = context.get_admin_context()
        self.agent = agent
        self.instances: Path = agent.folder
        self.glance = Glance(server)
        self.log = Lines()
        images.IMAGE_API = self.glance
        objects.BlockDeviceMappingList.bdms_by_instance_uuid = classmethod(lambda *_: {})
        self.set("instances_path", str(self.instances))
        self.set("host", agent.name)
        self.set("force_raw_images", True)
        logging.getLogger("nova").addHandler(self.log)
        logging.getLogger("nova").setLevel(logging.INFO)

    def set(self, name, value, group=None):
        CONF.set_override(name, value, group=group)

    def close(self):
        logging.getLogger("nova").removeHandler(self.log)
        for name, group in (("remove_unused_original_minimum_age_seconds", "image_cache"), ("instances_path", None),
                            ("host", None), ("force_raw_images", None)):
            CONF.clear_override(name, group=group)

    def boot(self, image_id: str, backend=imagebackend.Qcow2, size=None) -> Path:
        """Makes a disk on the image as a boot does; answers where."""
        folder = self.instances / str(uuid.uuid4())
        folder.mkdir()
        disk = folder / "disk"
        backend(path=str(disk), disk_name="disk").cache(
            fetch_func=utils.fetch_image, context=ADMIN, filename=imagecache.get_cache_fname(image_id), size=size,
            image_id=image_id, trusted_certs=None)
        return disk

    def manage_cache(self, minimum_age: int | None = None):
        """One pass of the cache manager over a host without instances of its database."""
        if minimum_age is not None:
            self.set("remove_unused_original_minimum_age_seconds", minimum_age, group="image_cache")
        imagecache.ImageCacheManager().update(ADMIN, [])

    def cache_image(self, image_id: str) -> bool:
        """Nova's own pre-caching on this host."""
        return driver.LibvirtDriver.cache_image(object.__new__(driver.LibvirtDriver), ADMIN, image_id)
