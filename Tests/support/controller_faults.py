"""What befalls controllers on one database, and the programs that it takes."""

import argparse
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

import faultshim
import postgres
from controllers import SHORT_BEATS, Controllers, Turn
from forwarding import PostgresStretch


class Stage:
    """A server and three controllers on it; a subclass is a fault."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.cluster = postgres.Cluster(folder / "server")
        self.session = postgres.Session(self.asked())
        self.rig: Controllers | None = None

    def start(self, hosts: int, **settings):
        self.cluster.initialize().start()
        self.cluster.database()
        self.prepare()
        self.rig = Controllers(self.folder, self.url, hosts=hosts, **settings)
        self.arrange()
        self.rig.start(lambda sql: self.cluster.query(self.asked(), sql))

    def asked(self) -> str:
        """Where the checks look."""
        return self.cluster.url("test1")

    def url(self, name: str) -> str:
        return f"{self.asked()}&application_name={name}"

    def prepare(self):
        """Before the controllers are made."""

    def arrange(self):
        """Before they start."""

    def turn(self, seed: str, number: int) -> Turn:
        return Turn(self.rig, self.session.query, seed, number)

    def strike(self, turn: Turn):
        turn.await_moment()
        self.fault(turn)

    def fault(self, turn: Turn):
        raise NotImplementedError

    def await_return(self, turn: Turn, member, number: int):
        """A controller that was taken for dead has begun anew, under another number."""
        begun = time.monotonic()
        name = member.settings["controllers.name"]
        while turn.ask(f"SELECT count(*) FROM controller WHERE name = '{name}' AND fenced = 0 AND id <> {number}") == [["0"]]:
            assert time.monotonic() < begun + 60, f"{name} doesn't begin anew"
            time.sleep(0.02)
        turn.figures["anew"] = time.monotonic() - begun

    def stop(self):
        if self.rig:
            self.rig.stop()
        self.session.close()
        self.cluster.stop()


class OwnerKilled(Stage):
    def fault(self, turn):
        turn.owner().service.kill()
        turn.await_progress()


class TwoKilled(Stage):
    def fault(self, turn):
        owner = turn.owner()
        other = turn.chance.choice([member for member in self.rig.members if member is not owner])
        owner.service.process.kill()
        other.service.kill()
        owner.service.wait()
        turn.await_progress()


class OwnerPaused(Stage):
    """It wakes when another has its job, when it is only taken for dead, or at any time around then.

    Also between a claim and its record: hosts are claimed nearly always.
    """

    def fault(self, turn):
        owner, number = turn.owner(), turn.fallen
        owner.service.suspend()
        kind = turn.chance.choice(("adopted", "fenced", "any time"))
        turn.figures["until"] = kind
        if kind == "adopted":
            turn.await_progress()
            time.sleep(turn.chance.uniform(0, 0.5))
        elif kind == "fenced":
            while turn.ask(f"SELECT fenced FROM controller WHERE id = {number}") == [["0"]]:
                time.sleep(0.01)
        else:
            time.sleep(turn.chance.uniform(0.5, 2) * owner.settings["controllers.dead_seconds"])
        owner.service.resume()
        if turn.ask(f"SELECT fenced FROM controller WHERE id = {number}") == [["1"]]:
            self.await_return(turn, owner, number)


class OwnerFenced(Stage):
    """Another takes it for dead, wrongly, and falls asleep before it adopts anything: the owner begins anew and adopts its own job."""

    def fault(self, turn):
        owner, number = turn.owner(), turn.fallen
        others = [member for member in self.rig.members if member is not owner]
        for member in others:
            member.service.suspend()
        turn.ask(f"UPDATE controller SET fenced = 1 WHERE id = {number}")
        self.await_return(turn, owner, number)
        for member in others:
            member.service.resume()


class OwnerStopped(Stage):
    def fault(self, turn):
        owner = turn.owner()
        owner.service.process.terminate()
        turn.await_progress()
        assert owner.service.wait() == 0


class PostgresRestarted(Stage):
    def fault(self, turn):
        self.cluster.stop("immediate")
        time.sleep(turn.chance.uniform(0, 2))
        self.cluster.start()
        self.goes_on(turn)

    def goes_on(self, turn):
        back, (_, base, has_ended, _) = time.monotonic(), turn.standing()
        while not has_ended:
            _, done, has_ended, _ = turn.standing()
            if done > base:
                break
            assert time.monotonic() < back + 60, "the job doesn't go on"
            time.sleep(0.02)
        turn.figures["went_on"] = time.monotonic() - back


class Promoted(PostgresRestarted):
    """The server is gone for ever, and its synchronous standby becomes the server; the next round has a new standby."""

    other: postgres.Cluster | None = None

    def prepare(self):
        self.follow()

    def asked(self):
        return f"postgresql://precache@/test1?host={self.folder / 'server'},{self.folder / 'standby'}&target_session_attrs=read-write"

    def stop(self):
        super().stop()
        if self.other:
            self.other.stop()

    def follow(self):
        place = self.folder / ("standby" if self.cluster.folder.name == "server" else "server")
        shutil.rmtree(place, ignore_errors=True)
        self.other = self.cluster.standby(place).start()
        self.cluster.query(self.cluster.url("postgres"), "ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.cluster.query(self.cluster.url("postgres"), "SELECT pg_reload_conf()")
        begun = time.monotonic()
        while self.cluster.query(self.cluster.url("postgres"), "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") != [["1"]]:
            assert time.monotonic() < begun + 60, "the standby doesn't follow"
            time.sleep(0.05)

    def turn(self, seed, number):
        if number:
            self.follow()
        return super().turn(seed, number)

    def fault(self, turn):
        self.cluster.stop("immediate")
        time.sleep(turn.chance.uniform(0, 1))
        self.cluster, former = self.other, self.cluster
        # Nobody follows it yet, so that nobody must have what it commits.
        with (self.cluster.data / "postgresql.auto.conf").open("a") as file:
            file.write("synchronous_standby_names = ''\n")
        self.cluster.run("pg_ctl", "reload", "-D", self.cluster.data)
        self.cluster.promote()
        self.goes_on(turn)
        shutil.rmtree(former.folder)


class Stretched(Stage):
    """Each controller has a way to the server of its own, which can be cut and held."""

    def prepare(self):
        self.stretches: dict[str, PostgresStretch] = {}

    def url(self, name):
        stretch = self.stretches[name] = PostgresStretch(self.cluster)
        return stretch.url(super().url(name))

    def stop(self):
        super().stop()
        for stretch in self.stretches.values():
            stretch.stop()


class CommitsCut(Stretched):
    def strike(self, turn):
        """From the beginning: the acceptance of jobs is cut off, too."""
        left = 18

        def fates(number):
            nonlocal left
            if left == 0 or turn.chance.random() > 0.15:
                return None
            left -= 1
            return turn.chance.choice(("lost", "heard"))
        for stretch in self.stretches.values():
            stretch.fates = fates
        turn.end_of(turn.job)
        turn.figures["cuts"] = 18 - left
        left = 0


class OwnerParted(Stretched):
    """The network is away for one controller: from any moment on, or from a COMMIT on whose end it doesn't hear."""

    def fault(self, turn):
        owner, number = turn.owner(), turn.fallen
        stretch = self.stretches[owner.settings["controllers.name"]]
        kind = turn.chance.choice(("at once", "held", "held heard"))
        turn.figures["parted"] = kind
        fates = iter([kind])
        if kind == "at once":
            stretch.hold()
        else:
            stretch.fates = lambda number: next(fates, None)
        turn.await_progress()
        time.sleep(turn.chance.uniform(0, 0.5))
        stretch.fates = lambda number: None
        stretch.release()
        if "adopted" in turn.figures:
            self.await_return(turn, owner, number)


class ClocksApart(OwnerKilled):
    """Each an hour from the next; the owner dies, sleeps or goes on."""

    def arrange(self):
        # The wall clock alone. libfaketime moves timers, too: a service whose clock it set back stood still for an hour.
        library = faultshim.build(self.folder)
        self.clocks = [faultshim.FaultShim(library, member.folder / "clock", member.folder / "nothing") for member in self.rig.members]
        for member, clock, hours in zip(self.rig.members, self.clocks, (1, -1, 0)):
            clock.set_clock(3_600 * hours)
            member.wrapper = clock.wrapper

    def fault(self, turn):
        kind = turn.chance.choice((OwnerKilled, OwnerPaused, OwnerStopped))
        turn.figures["fault"] = kind.__name__
        kind.fault(self, turn)


class Pooled(Stage):
    """Behind PgBouncer in transaction mode, which is killed, or the owner is."""

    pooler: postgres.Pooler | None = None

    def prepare(self):
        self.pooler = postgres.Pooler(self.cluster, self.folder / "pooler", connections=20).start()

    def url(self, name):
        return self.pooler.url(super().url(name))

    def arrange(self):
        for member in self.rig.members:
            member.settings["database.pooler"] = "transaction"

    def fault(self, turn):
        kind = turn.chance.choice(("pooler", "owner"))
        turn.figures["killed"] = kind
        if kind == "owner":
            return OwnerKilled.fault(self, turn)
        self.pooler.process.kill()
        time.sleep(turn.chance.uniform(0, 1))
        self.pooler.start()
        PostgresRestarted.goes_on(self, turn)

    def stop(self):
        super().stop()
        if self.pooler:
            self.pooler.stop()


class Impostor(Stage):
    """Somebody writes into the database itself who owns the job, back and forth."""

    def fault(self, turn):
        turn.is_tampered = True
        owners = [row[0] for row in turn.ask("SELECT id FROM controller WHERE fenced = 0")]
        for _ in range(turn.chance.randint(5, 40)):
            turn.ask(f"UPDATE job SET owner = {turn.chance.choice(owners)} WHERE uuid = '{turn.job}'")
            time.sleep(turn.chance.choice((0, 0.01, 0.1)))
        turn.ask(f"UPDATE job SET owner = NULL WHERE uuid = '{turn.job}' AND finished_at IS NULL")


class Restored(Stage):
    """A controller that was taken for dead finds the rows of before, as if a copy had been put back: its own and its job's."""

    def fault(self, turn):
        turn.is_tampered = True
        owner, number = turn.owner(), turn.fallen
        beat, revision = turn.ask(f"SELECT c.beat, j.revision FROM controller c, job j WHERE c.id = {number} AND j.uuid = '{turn.job}'")[0]
        owner.service.suspend()
        turn.await_progress()
        for sql in turn.chance.sample((
                f"UPDATE controller SET fenced = 0, beat = {beat} WHERE id = {number}",
                f"UPDATE job SET owner = {number}, revision = {revision} WHERE uuid = '{turn.job}' AND finished_at IS NULL"), 2):
            turn.ask(sql)
            if turn.chance.random() < 0.5:
                owner.service.resume()
        owner.service.resume()
        time.sleep(turn.chance.uniform(0, 1))
        turn.ask(f"UPDATE job SET owner = NULL WHERE uuid = '{turn.job}' AND finished_at IS NULL")


FAULTS = {
    "owner-killed": OwnerKilled, "two-killed": TwoKilled, "owner-paused": OwnerPaused, "owner-fenced": OwnerFenced,
    "owner-stopped": OwnerStopped,
    "postgres-restarted": PostgresRestarted, "promoted": Promoted, "commits-cut": CommitsCut, "owner-parted": OwnerParted,
    "clocks-apart": ClocksApart, "pooled": Pooled, "impostor": Impostor, "restored": Restored,
}


def run(name: str, rounds: int, seed: str, folder: Path, hosts: int, tell=print, **settings) -> list[str]:
    """So many rounds of a fault, on programs that go on from round to round; what didn't hold."""
    stage, wrong = FAULTS[name](folder), []
    try:
        stage.start(hosts, **settings)
        for number in range(rounds):
            turn = stage.turn(seed, number)
            try:
                stage.strike(turn)
                faults = turn.settle()
            except BaseException:
                tell(f"{name} {number + 1}/{rounds} seed {seed}: BROKEN OFF; {turn.line()}")
                raise
            tell("; ".join([f"{name} {number + 1}/{rounds} seed {seed}: {'WRONG' if faults else 'ok'}", turn.line(), *faults]))
            wrong += faults
    finally:
        stage.stop()
    return wrong


def main(about: str):
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fault", action="append", required=True, choices=[*FAULTS, "all"])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--defaults", action="store_true", help="beats as the settings have them, not short ones: for figures")
    arguments = parser.parse_args()
    top = Path(tempfile.mkdtemp(prefix="precache-controllers-", dir="/tmp"))
    top.chmod(0o755)
    beats = {"controllers.beat_seconds": 3, "controllers.dead_seconds": 15} if arguments.defaults else SHORT_BEATS
    wrong = []
    for name in FAULTS if "all" in arguments.fault else arguments.fault:
        folder = top / name
        folder.mkdir()
        folder.chmod(0o755)
        try:
            wrong += run(name, arguments.rounds, arguments.seed, folder, arguments.hosts, lambda line: print(line, flush=True), **beats)
        except Exception:
            traceback.print_exc()
            wrong.append(name)
    if wrong:
        sys.exit(f"{len(wrong)} things didn't hold; logs are in {top}")
    shutil.rmtree(top)
