"""Makes the databases of a Nova: `nova_database.py FOLDER '[{"CELL": ["HOST", …]}, {"AGGREGATE": ["HOST", …]}]'`.

Hosts get 10.0.0.1, 10.0.0.2… in this order. In a process of its own, as Nova's settings are global to one.
"""

import json
import shutil
import sys
import uuid

from nova import monkey_patch

monkey_patch.patch(backend="threading")

from nova import config, context, objects  # noqa: E402
from nova.db import migration  # noqa: E402

folder, (cells, aggregates) = sys.argv[1], json.loads(sys.argv[2])
config.parse_args(["nova", "--config-file", f"{folder}/nova.conf"])
objects.register_all()
admin = context.get_admin_context()
migration.db_sync(database="api")
migration.db_sync(database="main")


def mapping(cell, number):
    made = objects.CellMapping(admin, uuid=str(uuid.UUID(int=number)), name=cell, transport_url="none:///",
                               database_connection=f"sqlite:///{folder}/{cell}.db")
    made.create()
    return made


def add_host(cell, host, number):
    with context.target_cell(admin, cell) as there:
        objects.Service(there, host=host, binary="nova-compute", topic="compute", report_count=1).create()
        objects.ComputeNode(
            there, host=host, hypervisor_hostname=host, uuid=str(uuid.uuid4()), host_ip=f"10.0.0.{number}", vcpus=1,
            memory_mb=1, local_gb=1, vcpus_used=0, memory_mb_used=0, local_gb_used=0, hypervisor_type="QEMU",
            hypervisor_version=1, cpu_info="", free_ram_mb=1, free_disk_gb=1, current_workload=0, running_vms=0,
            disk_available_least=1).create()
    objects.HostMapping(admin, host=host, cell_mapping=cell).create()


count = 0
mapping("cell0", 0)
for position, (name, hosts) in enumerate(cells.items(), start=1):
    shutil.copy(f"{folder}/cell0.db", f"{folder}/{name}.db")
    cell = mapping(name, position)
    for host in hosts:
        count += 1
        add_host(cell, host, count)
for name, hosts in aggregates.items():
    aggregate = objects.Aggregate(admin, name=name, metadata={"availability_zone": "z1"})
    aggregate.create()
    for host in hosts:
        aggregate.add_host(host)
