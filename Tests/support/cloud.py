"""A small OpenStack cloud on loopback: the real Keystone and the real Glance, each with SQLite in one folder."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from fleet import free_port
from program import Program, run

TOOLS = Path(sys.executable).parent
WSGI = Path(__file__).parent.parent / "OpenStack" / "wsgi"
ROLES = ("image_operator",)  # beside those that Keystone makes: admin, manager, member, reader, service


def ini(sections: dict) -> str:
    return "".join(f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in options.items())
                   for name, options in sections.items())


class WSGIService:
    """One of the two under gunicorn: a worker of several threads, as Keystone's memory cache wants one process."""

    def __init__(self, folder: Path, name: str, config: str, threads=8):
        self.folder, self.name, self.threads = folder / name, name, threads
        self.folder.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = self.folder / config
        self.log = self.folder / f"{name}.log"
        self.program: Program | None = None

    def manage(self, *arguments):
        made = run([TOOLS / f"{self.name}-manage", "--config-file", self.config, *arguments])
        assert made.returncode == 0, made.stderr[-4000:]

    def start(self):
        assert self.program is None or not self.program.is_running
        self.program = Program(
            [sys.executable, "-m", "gunicorn", "--pythonpath", WSGI, "--bind", f"127.0.0.1:{self.port}",
             "--workers", "1", "--threads", str(self.threads), "--timeout", "600", "--graceful-timeout", "1",
             "--preload", "--access-logfile", "-", "--access-logformat", 'access %(m)s %(U)s?%(q)s %(s)s %({range}i)s',
             "--error-logfile", "-", f"precache_{self.name}:application"],
            self.log, {f"OS_{self.name.upper()}_CONFIG_DIR": str(self.folder), "PYTHONWARNINGS": "ignore"},
            standard_output=True)
        self.program.await_line(r"Booting worker")
        return self

    def stop(self):
        """At once: what it is serving is cut."""
        if self.program and self.program.is_running:
            self.program.stop_group()

    def requests(self, start=0) -> list[str]:
        """What it was asked from line `start` of its log on, as 'METHOD PATH?QUERY STATUS RANGE'."""
        return [line.removeprefix("access ") for line in self.program.lines[start:] if line.startswith("access ")]


class User:
    """Who somebody is; `environment` is what the OpenStack clients read."""

    def __init__(self, cloud, name, password, project):
        self.cloud, self.name, self.password, self.project = cloud, name, password, project

    @property
    def environment(self) -> dict:
        return {
            "OS_AUTH_URL": f"{self.cloud.keystone.url}/v3", "OS_USERNAME": self.name, "OS_PASSWORD": self.password,
            "OS_PROJECT_NAME": self.project, "OS_USER_DOMAIN_ID": "default", "OS_PROJECT_DOMAIN_ID": "default",
            "OS_REGION_NAME": self.cloud.region, "OS_IDENTITY_API_VERSION": "3",
        }

    def connection(self):
        """A connection of openstacksdk."""
        import openstack
        return openstack.connect(
            auth={"auth_url": f"{self.cloud.keystone.url}/v3", "username": self.name, "password": self.password,
                  "project_name": self.project, "user_domain_id": "default", "project_domain_id": "default"},
            region_name=self.cloud.region, load_yaml_config=False, load_envvars=False)

    def token(self) -> str:
        """A new token."""
        return self.connection().auth_token


class Cloud:
    """Keystone and Glance, their users, and a catalogue in which `compute` is where our service will listen.

    Users, each in project `demo` with the one role of the same name: admin, member, reader, image_operator.
    `precache` is the service's own, with the roles service and member in project `service`.
    """

    region = "RegionOne"

    def __init__(self, folder: Path):
        self.folder = folder
        self.compute_port = free_port()
        self.compute_url = f"http://127.0.0.1:{self.compute_port}/v2.1"
        self.users: dict[str, User] = {}
        self.keystone = WSGIService(folder, "keystone", "keystone.conf")
        self.glance = WSGIService(folder, "glance", "glance-api.conf")
        self._password = secrets.token_hex(12)

    def start(self):
        self._prepare_keystone()
        self.keystone.start()
        self._register()
        self._prepare_glance()
        self.glance.start()
        return self

    def stop(self):
        self.glance.stop()
        self.keystone.stop()

    def __getitem__(self, name: str) -> User:
        return self.users[name]

    # What tests do with it

    def openstack(self, *arguments, user="admin", environment=None, limit=120.0, program="openstack"):
        """Runs the client as this user; the result isn't checked."""
        clean = {name: "" for name in os.environ if name.startswith("OS_")}
        return run([TOOLS / program, *arguments], {**clean, **self.users[user].environment, **(environment or {})}, limit)

    def upload(self, name: str, file: Path, disk_format="raw", container="bare", visibility="public",
               user="admin") -> str:
        """Creates an image with the client and returns its id."""
        made = self.openstack("image", "create", "--file", file, "--disk-format", disk_format, "--container-format",
                              container, f"--{visibility}", "-f", "value", "-c", "id", name, user=user)
        assert made.returncode == 0, made.stderr
        return made.stdout.split()[0]

    def restart_keystone(self, expiration=3600):
        """With tokens that live so many seconds. Those made before keep their own time."""
        self.keystone.stop()
        self._write_keystone(expiration)
        self.keystone.start()

    def service_settings(self) -> dict:
        """What precached needs to work with this cloud."""
        return {
            "auth.mode": "tokens,keystone",
            "keystone.auth_url": f"{self.keystone.url}/v3", "keystone.username": "precache",
            "keystone.password": self.users["precache"].password, "keystone.project_name": "service",
            "keystone.region_name": self.region, "keystone.operator_roles": "image_operator",
        }

    # How it is built

    def _write_keystone(self, expiration=3600):
        folder = self.keystone.folder
        self.keystone.config.write_text(ini({
            "DEFAULT": {"public_endpoint": self.keystone.url},
            "database": {"connection": f"sqlite:///{folder}/keystone.db"},
            "cache": {"enabled": "true", "backend": "dogpile.cache.memory"},
            "token": {"provider": "fernet", "expiration": expiration},
            "fernet_tokens": {"key_repository": folder / "fernet"},
            "fernet_receipts": {"key_repository": folder / "fernet"},
            "credential": {"key_repository": folder / "credential"},
            "identity": {"password_hash_rounds": 4},
        }))

    def _prepare_keystone(self):
        for name in ("fernet", "credential"):
            (self.keystone.folder / name).mkdir(mode=0o700)
        self._write_keystone()
        me = [f"--keystone-user={os.getuid()}", f"--keystone-group={os.getgid()}"]
        self.keystone.manage("db_sync")
        self.keystone.manage("fernet_setup", *me)
        self.keystone.manage("credential_setup", *me)
        self.keystone.manage("bootstrap", "--bootstrap-password", self._password, "--bootstrap-project-name", "demo",
                             "--bootstrap-region-id", self.region, "--bootstrap-service-name", "keystone",
                             "--bootstrap-public-url", f"{self.keystone.url}/v3",
                             "--bootstrap-internal-url", f"{self.keystone.url}/v3",
                             "--bootstrap-admin-url", f"{self.keystone.url}/v3")

    def _register(self):
        self.users["admin"] = User(self, "admin", self._password, "demo")
        identity = self.users["admin"].connection().identity
        for kind, url in (("image", self.glance.url), ("compute", self.compute_url)):
            service = identity.create_service(name=kind, type=kind)
            for interface in ("public", "internal", "admin"):
                identity.create_endpoint(service_id=service.id, interface=interface, url=url, region_id=self.region)
        demo = identity.find_project("demo")
        own = identity.create_project(name="service", domain_id="default")
        roles = {role.name: role for role in identity.roles()}
        for name in ROLES:
            roles[name] = identity.create_role(name=name)
        for name, project, granted in [
            ("member", demo, ["member"]), ("reader", demo, ["reader"]), ("image_operator", demo, ["image_operator"]),
            ("precache", own, ["service", "member"]), ("glance", own, ["service", "admin"]),
        ]:
            password = secrets.token_hex(12)
            user = identity.create_user(name=name, password=password, domain_id="default")
            for role in granted:
                identity.assign_project_role_to_user(project, user, roles[role])
            self.users[name] = User(self, name, password, project.name)

    def _prepare_glance(self):
        folder = self.glance.folder
        for name in ("images", "staging", "tasks"):
            (folder / name).mkdir()
        self.glance.config.write_text(ini({
            "DEFAULT": {"enabled_backends": "fs:file", "image_cache_dir": folder / "cache",
                        "worker_self_reference_url": self.glance.url},
            "glance_store": {"default_backend": "fs"},
            "fs": {"filesystem_store_datadir": folder / "images"},
            "os_glance_staging_store": {"filesystem_store_datadir": folder / "staging"},
            "os_glance_tasks_store": {"filesystem_store_datadir": folder / "tasks"},
            "database": {"connection": f"sqlite:///{folder}/glance.db"},
            "paste_deploy": {"flavor": "keystone", "config_file": TOOLS.parent / "etc/glance/glance-api-paste.ini"},
            "oslo_policy": {"policy_file": folder / "policy.yaml"},
            "oslo_concurrency": {"lock_path": folder},
            "keystone_authtoken": {
                "www_authenticate_uri": self.keystone.url, "auth_url": self.keystone.url, "auth_type": "password",
                "project_domain_id": "default", "user_domain_id": "default", "project_name": "service",
                "username": "glance", "password": self.users["glance"].password, "token_cache_time": 300,
            },
        }))
        (folder / "policy.yaml").write_text("{}\n")
        self.glance.manage("db_sync")


def python(script: str, *arguments, environment=None, limit=120.0) -> subprocess.CompletedProcess:
    """Runs a script with the clients' libraries at hand."""
    return run([sys.executable, "-c", script, *arguments], environment, limit)
