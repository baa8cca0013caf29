import BitCollections
import Policies
import PrecacheModel
import Testing

@Suite struct ReconcilerTests {
    private let a: ImageID
    private let b: ImageID

    init() throws { (a, b) = (try ImageID("a"), try ImageID("b")) }

    @Test func whatHostsLackIsOneJobForAnAggregate() throws {
        var small = Small(hosts: 5)
        try small.aggregate("web", [0, 1, 2])
        try small.aggregate("db", [2, 3])
        try small.policy("base", on: ["web", "db"], named("b"), named("a"))
        small.situation.whole = [a: [1, 3], b: [3, 4]]
        // Host 2 is in both and counts in the first.
        #expect(small.jobs() == ["base/web: b@0,1,2 a@0,2"])
        small.situation.whole[a] = [1]
        #expect(small.jobs() == ["base/web: b@0,1,2 a@0,2", "base/db: a@3"])
    }

    @Test func onlyHostsThatCanAreAsked() throws {
        var small = Small(hosts: 6)
        try small.aggregate("web", [0, 1, 2, 3, 4, 5])
        try small.policy("base", on: ["web"], named("a"))
        small.situation.enabled = [1, 2, 3, 4, 5]
        small.situation.down = [1]
        small.situation.unsupported[a] = [2]
        small.situation.open[a] = [3]
        small.situation.troubles[a] = [4: PairTrouble(.failed(.noSpace), at: Small.start)]
        #expect(small.jobs() == ["base/web: a@5"])
        // Disabled and unsupported hosts don't count; the one that is down does.
        let status = try #require(try small.status("base"))
        #expect(status.state == .working && status.fraction == 0 && status.missingHosts == 4)
        #expect(status.heldUpBy.map(\.cause) == [.reason(.hostDown), .reason(.noSpace)])
        #expect(status.heldUpBy.map(\.example?.text) == ["host-1", "host-4"])
        #expect(status.heldUpBy.map(\.until) == [nil, .after(300)] && status.nextRunAt == .after(300))
    }

    @Test func aPairGoesIntoOneJob() throws {
        var small = Small(hosts: 3)
        try small.aggregate("web", [0, 1, 2])
        try small.aggregate("some", [0, 1])
        try small.policy("y", on: ["web"], named("a"), named("b"))
        try small.policy("x", on: ["some"], named("a"))
        try small.policy("z", on: ["some"], named("b"), priority: .high)
        try small.policy("w", on: ["web"], named("b"), priority: .low)
        #expect(small.jobs() == ["z/some: b@0,1", "x/some: a@0,1", "y/web: a@2 b@2"])
        // Whose pairs are others' works all the same.
        #expect(try small.status("w")?.state == .working)
    }

    @Test func ofTwoOnlyTheOneWithAnOpenWindowAsks() throws {
        var small = Small(hosts: 1)
        try small.aggregate("web", [0])
        try small.policy(
            "night",
            on: ["web"],
            named("a"),
            priority: .high,
            window: .closed(until: .after(600))
        )
        #expect(small.jobs() == [])
        let status = try #require(try small.status("night"))
        #expect(
            status.state == .waiting && status.nextWindowAt == .after(600) && status.nextRunAt == .after(600)
        )
        #expect(Reconciler.reconcile(small.situation).nextDueAt == .after(600))
        try small.policy("day", on: ["web"], named("a"), window: .open(until: .after(60)))
        #expect(small.jobs() == ["day/web: a@0"])
        #expect(try small.status("day")?.nextWindowAt == nil)
        #expect(Reconciler.reconcile(small.situation).nextDueAt == .after(60))
    }

    @Test func aJobThatGoesOnAtTheWindowsEndWorksOneThatPausesWaits() throws {
        for (rule, state) in [(WindowEnd.finish, PolicyStatus.State.working), (.pause, .waiting)] {
            var small = Small(hosts: 1)
            try small.aggregate("web", [0])
            try small.policy("p", on: ["web"], named("a"), windowEnd: rule, window: .closed(until: .after(9)))
            small.situation.open[a] = [0]
            #expect(try small.status("p")?.state == state)
        }
    }

    @Test func whatIsOffOrOverDoesNothing() throws {
        var small = Small(hosts: 1)
        try small.aggregate("web", [0])
        try small.policy("off", on: ["web"], named("a"), isEnabled: false)
        try small.policy("over", on: ["web"], named("a"), expiresAt: Small.start)
        #expect(small.jobs() == [] && small.lease(0) == "")
        #expect(try small.status("off")?.state == .disabled && small.status("over")?.state == .expired)
        #expect(Reconciler.reconcile(small.situation).nextDueAt == nil)
        try small.policy("still", on: ["web"], named("a"), expiresAt: .after(1))
        #expect(small.jobs() == ["still/web: a@0"] && small.lease(0) == "a=still")
        #expect(Reconciler.reconcile(small.situation).nextDueAt == .after(1))
    }

    @Test func metMeansWarmEverywhere() throws {
        var small = Small(hosts: 4)
        try small.aggregate("web", [0, 1, 2, 3])
        try small.policy("base", on: ["web"], named("a"))
        small.situation.whole[a] = [0, 1, 2, 3]
        #expect(try small.status("base") == PolicyStatus(state: .met, images: [.init(id: a, fraction: 1)]))
        small.situation.down = [3]
        let status = try #require(try small.status("base"))
        #expect(status.state == .held && status.fraction == 0.75 && status.missingHosts == 1)
        #expect(small.jobs() == [])
        small.situation.enabled = [0, 1, 2]
        #expect(try small.status("base")?.state == .met)
        // What nobody could hear takes no warmth away, and what is missing there waits for a word.
        (small.situation.enabled, small.situation.down) = ([0, 1, 2, 3], [])
        small.situation.unheard = [2, 3]
        #expect(try small.status("base")?.state == .met)
        small.situation.whole[a] = [0, 1, 2]
        #expect(try small.status("base")?.fraction == 0.75 && small.jobs() == [])
        #expect(try small.status("base")?.heldUpBy.map(\.cause) == [.reason(.hostDown)])
    }

    @Test func anAggregateThatIsntThereHoldsUp() throws {
        var small = Small(hosts: 1)
        try small.aggregate("web", [0])
        try small.policy("base", on: ["gone", "web"], named("a"))
        #expect(small.jobs() == ["base/web: a@0"])
        small.situation.whole[a] = [0]
        let status = try #require(try small.status("base"))
        #expect(
            status.state == .held && status.fraction == 1 && status.heldUpBy.map(\.cause) == [.noAggregate]
        )
        #expect(status.heldUpBy.first?.detail == "there is no aggregate 'gone'")
        try small.policy("lost", on: ["gone"], named("a"))
        #expect(try small.status("lost")?.fraction == 0)
        try small.aggregate("empty", [])
        try small.policy("idle", on: ["empty"], named("a"))
        #expect(try small.status("idle")?.fraction == 1)
    }

    @Test func aChannelThatMeansNothingKeepsItsMeaning() throws {
        var small = Small(hosts: 2)
        try small.aggregate("web", [0, 1])
        try small.policy("base", on: ["web"], channel(["a"], before: ["b"], isEmpty: true))
        #expect(small.jobs() == ["base/web: a@0,1"])
        small.situation.whole = [a: [0, 1], b: [0]]
        let status = try #require(try small.status("base"))
        #expect(status.state == .held && status.heldUpBy.map(\.cause) == [.channelEmpty])
        #expect(status.images.first?.newest == .tag("channel-0") && status.images.first?.since == Small.start)
        #expect(small.lease(0) == "a=base")
        try small.policy("none", on: ["web"], channel([]))
        let unknown = try #require(try small.status("none"))
        #expect(unknown.heldUpBy.map(\.cause) == [.channelEmpty] && unknown.fraction == 0)
    }

    @Test func aChannelThatCannotBeLookedUpKeepsItsMeaningAndSaysWhy() throws {
        var small = Small(hosts: 1)
        try small.aggregate("web", [0])
        try small.policy("base", on: ["web"], channel(["a"]))
        try small.policy("none", on: ["web"], channel([]))
        small.situation.whole[a] = [0]
        for index in small.situation.policies.indices {
            small.situation.policies[index].meanings[0].failure = "connection refused"
        }
        // What it meant is there: that is met, as far as is known.
        let status = try #require(try small.status("base"))
        #expect(status.state == .met && status.heldUpBy.map(\.cause) == [.lookupFailed])
        #expect(
            status.heldUpBy[0].detail
                == "tag:channel-0 can't be looked up, and what it meant holds: connection refused"
        )
        let none = try #require(try small.status("none"))
        #expect(none.state == .held && none.heldUpBy.map(\.cause) == [.lookupFailed])
    }

    @Test func whatHoldsUpIsToldByHosts() throws {
        var small = Small(hosts: 5)
        try small.aggregate("web", [0, 1, 2, 3, 4])
        try small.policy("base", on: ["web"], named("a"), named("b"))
        let (full, fuller) = (
            PairTrouble(.failed(.noSpace), detail: "needs 2 GiB", count: 2, at: Small.start),
            PairTrouble(.failed(.noSpace), detail: "needs 3 GiB", at: Small.start)
        )
        small.situation.troubles = [
            a: [0: full, 1: PairTrouble(.lost, at: Small.start)], b: [0: full, 2: fuller],
        ]
        small.situation.whole = [a: [2, 3, 4], b: [1, 3, 4]]
        let status = try #require(try small.status("base"))
        #expect(status.state == .held && status.missingHosts == 3)
        #expect(
            status.heldUpBy == [
                PolicyHold(
                    .reason(.noSpace),
                    hosts: 2,
                    example: try HostName("host-2"),
                    image: b,
                    until: .after(300),
                    detail: "needs 3 GiB"
                ),
                PolicyHold(
                    .imageLost,
                    hosts: 1,
                    example: try HostName("host-1"),
                    image: a,
                    until: .after(60),
                    detail: "the image was there, and then it wasn't"
                ),
            ]
        )
        #expect(status.nextRunAt == .after(60))
        // While its window is shut nothing is asked again.
        small.situation.policies[0].window = .closed(until: .after(7_200))
        #expect(try small.status("base")?.heldUpBy.map(\.until) == [.after(7_200), .after(7_200)])
        small.situation.policies[0].window = .open(until: nil)
        small.situation.now = .after(300)
        #expect(small.jobs() == ["base/web: a@1 b@2"])
    }

    @Test func pausesGrowToADay() {
        let pauses = { (cause: PairTrouble.Cause) in
            (1...20).map { Int(PairTrouble.pause(cause, $0).components.seconds) }
        }
        #expect(pauses(.failed(.noSpace)).prefix(4) == [300, 600, 1200, 2400])
        #expect(pauses(.failed(.noSpace)).last == 86_400 && pauses(.failed(.cancelled)).last == 86_400)
        #expect(pauses(.lost).prefix(4) == [60, 120, 240, 480] && pauses(.lost).last == 3600)
        #expect(pauses(.failed(.agentUnreachable)).last == 3600 && pauses(.failed(.hostDown)).first == 60)
    }

    @Test func aClockThatIsSetBackEndsPauses() {
        let trouble = PairTrouble(.failed(.noSpace), count: 20, at: Small.start)
        #expect(trouble.holds(at: Small.start) && trouble.holds(at: .after(86_399)))
        #expect(!trouble.holds(at: .after(86_400)))
        #expect(trouble.holds(at: .after(-3600)) && !trouble.holds(at: .after(-86_400)))
    }
}
