import BitCollections
import Policies
import PrecacheModel
import TestSupport
import Testing

@Suite struct HostLeasesTests {
    private func ids(_ texts: String...) throws -> [ImageID] {
        try texts.map { text throws(InvalidValue) in try ImageID(text) }
    }

    @Test func allThatPoliciesWantOnAHost() throws {
        var small = Small(hosts: 4)
        try small.aggregate("web", [0, 1])
        try small.aggregate("db", [1, 2])
        try small.policy("web", on: ["web"], named("a"), named("b"))
        try small.policy("all", on: ["web", "db"], named("b"))
        small.situation.enabled = []
        small.situation.down = [1]
        #expect((0..<4).map(small.lease) == ["a=web b=all,web", "a=web b=all,web", "b=all", ""])
        #expect(Set(Reconciler.reconcile(small.situation).leases.marks).count == 3)
    }

    /// Hosts 0 to 3 have nothing, the old image, both, the new one.
    private func moved(_ rule: SupersededRule) throws -> Small {
        var small = Small(hosts: 4)
        try small.aggregate("web", [0, 1, 2, 3])
        try small.policy("base", on: ["web"], channel(["new"], before: ["old"]), superseded: rule)
        let (new, old) = (try ImageID("new"), try ImageID("old"))
        small.situation.whole = [old: [1, 2], new: [2, 3]]
        return small
    }

    @Test func aSupersededImageIsKeptUntilTheNewOneIsThere() throws {
        let small = try moved(.unpin)
        #expect((0..<4).map(small.lease) == ["new=base", "new=base old=base", "new=base", "new=base"])
    }

    @Test func orForEver() throws {
        let small = try moved(.keep)
        #expect(
            (0..<4).map(small.lease) == ["new=base", "new=base old=base", "new=base old=base", "new=base"]
        )
    }

    @Test func orIsRemovedWhereTheNewOneIs() throws {
        var small = try moved(.remove)
        #expect((0..<4).map(small.lease) == ["new=base", "new=base old=base", "new=base -old", "new=base"])
        // Unless another policy wants it.
        try small.policy("other", on: ["web"], named("old"))
        #expect(small.lease(2) == "new=base old=other")
    }

    @Test func whatIsRemovedIsToldWithWhatTakesItsPlace() throws {
        var small = try moved(.remove)
        let alone = Reconciler.reconcile(small.situation).leases
        let removal = ImageRemoval(image: try ImageID("old"), successors: try ids("new"))
        #expect(alone.lease(of: 2).remove == [removal])
        try small.policy("more", on: ["web"], channel(["newer"], before: ["old"]), superseded: .remove)
        #expect(small.lease(2) == "new=base newer=more old=more", "the newer one isn't there yet")
        small.situation.whole[try ImageID("newer")] = [2]
        let both = Reconciler.reconcile(small.situation).leases
        #expect(both.lease(of: 2).remove.map(\.successors) == [try ids("new", "newer")])
        #expect(Set([alone.marks[2], both.marks[2]]).count == 2)
    }

    @Test func whereTwoAreMeantBothMustBeThere() throws {
        var small = Small(hosts: 2)
        try small.aggregate("web", [0, 1])
        try small.policy("base", on: ["web"], channel(["c", "b"], before: ["a"]))
        let three = try ids("a", "b", "c")
        small.situation.whole = [three[0]: [0, 1], three[1]: [0, 1], three[2]: [1]]
        #expect((0..<2).map(small.lease) == ["a=base b=base c=base", "b=base c=base"])
    }

    private func forgotten(_ small: Small) throws -> [Int: [ImageID]]? {
        Reconciler.reconcile(small.situation).forgotten[try PolicyName("base")]
    }

    @Test func whatNobodyHoldsIsForgotten() throws {
        let (new, old) = (try ImageID("new"), try ImageID("old"))
        for rule in SupersededRule.allCases {
            var small = try moved(rule)
            #expect(try forgotten(small) == nil)
            small.situation.whole[new] = [0, 1, 2, 3]
            #expect(try forgotten(small) == (rule == .unpin ? [0: [old]] : nil))
            small.situation.whole[old] = []
            #expect(try forgotten(small) == (rule == .keep ? nil : [0: [old]]))
            // Not while hosts may come back with an aggregate.
            small.situation.policies[0].spec.aggregates.append(try AggregateName("gone"))
            #expect(try forgotten(small) == nil)
        }
    }

    @Test func whatAnotherChannelMeansNowIsKept() throws {
        var small = Small(hosts: 1)
        try small.aggregate("web", [0])
        try small.policy(
            "base",
            on: ["web"],
            channel(["b"], before: ["a"]),
            channel(["a"]),
            superseded: .remove
        )
        let two = try ids("a", "b")
        small.situation.whole = [two[0]: [0], two[1]: [0]]
        #expect(small.lease(0) == "a=base b=base")
        #expect(try forgotten(small) == [0: [two[0]]])
    }

    @Test func aChannelMovesOnAndBack() throws {
        let (images, later) = (try ids("a", "b", "c", "d"), Small.start + .seconds(60))
        var meaning = ChannelMeaning()
        meaning.take([], count: 2, at: Small.start)
        #expect(meaning == ChannelMeaning(isEmpty: true))
        meaning.take([images[1], images[0]], count: 2, at: Small.start)
        #expect(try meaning == channel(["b", "a"]))
        meaning.take([images[2], images[1], images[0]], count: 2, at: later)
        #expect(meaning.current.map(\.since) == [later, Small.start] && meaning.superseded == [images[0]])
        meaning.take([], count: 2, at: later)
        #expect(meaning.isEmpty && meaning.current.count == 2)
        // Withdrawn: the one before is meant again.
        meaning.take([images[1], images[0]], count: 2, at: later)
        #expect(meaning.current.map(\.id) == [images[1], images[0]] && meaning.superseded == [images[2]])
        #expect(!meaning.isEmpty && meaning.current.map(\.since) == [Small.start, later])
        meaning.take([images[3]], count: 2, at: later)
        #expect(meaning.superseded == [images[1], images[0], images[2]])
    }

    /// Marks are told apart by what is leased alone: not by the order of anything, nor by what is leased elsewhere.
    @Test(arguments: 0..<10 as Range<UInt64>) func marksAreThoseOfLeases(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var small = Small(hosts: 40)
        let images = try (0..<8).map { number throws(InvalidValue) in try ImageID("i\(number)") }
        for number in 0..<6 { try small.aggregate("a\(number)", some(&random)) }
        for image in images { small.situation.whole[image] = some(&random) }
        for number in 0..<12 {
            let names = images.map(\.text).shuffled(using: &random)
            try small.policy(
                "p\(number)",
                on: (0..<3).map { "a\(($0 + number) % 6)" },
                channel(Array(names.prefix(2)), before: Array(names[2..<4])),
                superseded: SupersededRule.allCases.randomElement(using: &random) ?? .keep
            )
        }
        let all = Reconciler.reconcile(small.situation).leases
        small.situation.policies.shuffle(using: &random)
        var leases: [String: HostLeases.Mark] = [:]
        for host in 0..<40 {
            var alone = small
            for name in small.situation.aggregates.keys {
                alone.situation.aggregates[name]?.formIntersection([host])
            }
            #expect(Reconciler.reconcile(alone.situation).leases.marks[host] == all.marks[host])
            let lease = small.lease(host)
            #expect(alone.lease(host) == lease)
            #expect(leases.updateValue(all.marks[host], forKey: lease) ?? all.marks[host] == all.marks[host])
        }
        #expect(Set(leases.values).count == leases.count && leases.count > 20)
        #expect(all.marks[0].description.utf8.count == 32)
    }

    private func some(_ random: inout SplitMix) -> BitSet {
        BitSet((0..<40).filter { _ in Bool.random(using: &random) })
    }
}
