import BitCollections
import Policies
import PrecacheModel
import TestSupport
import Testing

/// Whatever has happened: once nothing happens any more, hosts have what policies say, or the status names why not.
@Suite struct HistoryTests {
    private func world(_ random: inout SplitMix) throws -> World {
        var world = try World(hosts: 10, images: 6)
        let names = try ["web", "db", "gpu"].map { text throws(InvalidValue) in try AggregateName(text) }
        for name in names { world.members[name] = Set((0..<10).filter { _ in Bool.random(using: &random) }) }
        world.members[names[2]] = Bool.random(using: &random) ? nil : world.members[names[2]]
        for number in 0..<5 {
            let windows = [
                PolicyWindow(cron: try CronLine("0 \(number * 4) * * *"), hours: 3, zone: "Europe/Berlin")
            ]
            var images: [PolicyImage] = [.image(world.images[number])]
            if number > 0 { images.append(.newest(.tag("tag-\(number)"), count: 1 + number % 2)) }
            let spec = PolicySpec(
                aggregates: Array(names.shuffled(using: &random).prefix(2)),
                images: images,
                windows: Bool.random(using: &random) ? windows : [],
                superseded: SupersededRule.allCases[number % 3],
                priority: JobPriority.allCases.randomElement(using: &random) ?? .normal,
                isEnabled: Int.random(in: 0..<6, using: &random) > 0
            )
            let meanings = images.map { image in
                if case .image(let id) = image { ChannelMeaning(id) } else { ChannelMeaning() }
            }
            world.policies.append(
                Situation.Policy(name: try PolicyName("policy-\(number)"), spec: spec, meanings: meanings)
            )
            world.calendars.append(try WindowCalendar(spec.windows, rules: zone))
        }
        return world
    }

    @Test(arguments: 0..<16 as Range<UInt64>) func calmBringsWhatPoliciesSay(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var world = try world(&random)
        for _ in 0..<250 {
            world.happen(&random)
            world.reconcile()
        }
        // Nothing happens any more but what time brings: jobs end as the world is, pauses and windows begin and end.
        for _ in 0..<60 {
            let result = world.reconcile()
            world.endAll()
            if world.jobs.isEmpty, result.jobs.isEmpty {
                guard let due = result.nextDueAt else { break }
                world.now = due
            }
        }
        world.endAll()
        let result = world.reconcile()
        #expect(world.faults.isEmpty, "\(world.faults.prefix(3))")
        for policy in world.policies {
            let status = try #require(result.statuses[policy.name])
            let words = complaint(policy, status, world)
            #expect(words == nil, "seed \(seed): \(policy.name): \(words ?? "")")
        }
    }

    /// What a status doesn't say although it is so; nil if all is said.
    private func complaint(_ policy: Situation.Policy, _ status: PolicyStatus, _ world: World) -> String? {
        guard policy.spec.isEnabled else {
            return status.state == .disabled ? nil : "is off and says \(status.state)"
        }
        let hosts = policy.spec.aggregates.reduce(into: Set<Int>()) { $0.formUnion(world.members[$1] ?? []) }
        let open = Set(world.jobs.flatMap(\.pairs))
        var told = Set(status.heldUpBy.map(\.cause))
        var isMet = true
        for host in hosts.intersection(world.enabled) {
            for image in Set(policy.meanings.flatMap(\.current).map(\.id)) {
                let pair = World.Pair(host: host, image: image)
                if world.down.contains(host) {
                    isMet = false
                    if !told.contains(.reason(.hostDown)) { return "\(host) is down, and nothing says so" }
                } else if !world.whole.contains(pair) {
                    isMet = false
                    // Only what fails whenever it is tried may be missing still; but for a window.
                    guard let reason = world.bad[pair] else {
                        if status.state == .waiting || open.contains(pair) { continue }
                        return "\(pair) is missing: \(status)"
                    }
                    let isTold =
                        told.contains(.reason(reason)) || [.waiting, .working].contains(status.state)
                    if !isTold { return "\(pair) failed with \(reason), and nothing says so" }
                }
            }
        }
        for name in policy.spec.aggregates where world.members[name] == nil {
            isMet = false
            if told.remove(.noAggregate) == nil { return "nothing says that \(name) isn't there" }
        }
        if policy.meanings.contains(where: { $0.isEmpty || $0.current.isEmpty }) {
            isMet = false
            if !told.contains(.channelEmpty) { return "nothing says that a channel is empty" }
        }
        if isMet != (status.state == .met) { return "says \(status.state)" }
        if isMet != (status.fraction == 1 && status.heldUpBy.isEmpty) { return "says \(status)" }
        return nil
    }

    private func pair(in world: inout World) throws -> World.Pair {
        let name = try AggregateName("web")
        world.members[name] = [0]
        let spec = PolicySpec(aggregates: [name], images: [.image(world.images[0])])
        world.policies = [
            Situation.Policy(
                name: try PolicyName("p"),
                spec: spec,
                meanings: [ChannelMeaning(world.images[0])]
            )
        ]
        world.calendars = [try WindowCalendar([], rules: zone)]
        return World.Pair(host: 0, image: world.images[0])
    }

    /// A host that comes and goes every ten seconds for six hours.
    @Test func aHostThatFlapsIsAskedNowAndThen() throws {
        var world = try World(hosts: 1, images: 1)
        let pair = try pair(in: &world)
        for _ in 0..<2160 {
            world.now = world.now + .seconds(10)
            world.down.formSymmetricDifference([0])
            if world.down.contains(0) { world.endAll() }
            world.reconcile()
        }
        #expect((9...14).contains(world.asks[pair] ?? 0))
        // It stays: the image comes within the pause.
        world.down = []
        world.now = world.now + .seconds(3600)
        world.reconcile()
        world.endAll()
        #expect(world.whole.contains(pair) && world.faults.isEmpty)
    }

    /// A host that loses an image as soon as it has it, and one whose disk is full.
    @Test func whatIsInVainIsTriedNowAndThen() throws {
        for (isLost, most) in [(true, 14), (false, 8)] {
            var world = try World(hosts: 1, images: 1)
            let pair = try pair(in: &world)
            if !isLost { world.bad[pair] = .noSpace }
            for _ in 0..<2160 {
                world.now = world.now + .seconds(10)
                world.reconcile()
                world.endAll()
                if isLost { world.lose(pair) }
            }
            #expect((6...most).contains(world.asks[pair] ?? 0), "\(world.asks)")
        }
    }

    @Test func theSameSituationGivesTheSame() throws {
        var random = SplitMix(seed: 3)
        var world = try world(&random)
        for _ in 0..<50 { world.happen(&random) }
        var situation = world.situation
        let first = Reconciler.reconcile(situation)
        situation.policies.reverse()
        let second = Reconciler.reconcile(situation)
        #expect(!first.jobs.isEmpty && first.jobs == second.jobs && first.statuses == second.statuses)
        #expect(first.leases.marks == second.leases.marks && first.nextDueAt == second.nextDueAt)
    }
}
