import TestSupport
import Testing

@testable import FanOut

@Suite struct MeshPlannerTests {
    private func hosts(_ count: Int, from first: Int = 0, zones: [String?] = [nil]) -> [MeshPlanner.Host] {
        (first..<first + count).map { MeshPlanner.Host(number: $0, zone: zones[$0 % zones.count]) }
    }

    /// Hosts that something a seed reads gets to, if each passes it on to those who ask it at first.
    private func reached(_ places: [Int: MeshPlanner.Place], from givers: Set<Int> = []) -> Set<Int> {
        var askers: [Int: [Int]] = [:]
        for (host, place) in places {
            let far = place.neighbours.count { $0.isFar }
            for neighbour in place.neighbours.prefix(6 + far) {
                askers[neighbour.host, default: []].append(host)
            }
        }
        var (reached, front) = (Set<Int>(), places.filter { $0.value.seed != nil }.map(\.key) + givers)
        while let host = front.popLast() {
            if reached.insert(host).inserted { front += askers[host] ?? [] }
        }
        return reached
    }

    @Test(arguments: [1, 2, 3, 7, 32, 500])
    func everybodyIsReached(count: Int) {
        for seed in 0..<20 {
            var (planner, random) = (MeshPlanner(), SplitMix(seed: UInt64(seed)))
            let places = planner.add(hosts(count), using: &random)
            #expect(places.count == count && places.values.count { $0.seed != nil } == min(2, count))
            #expect(reached(places).count == count)
            for (host, place) in places {
                let others = place.neighbours.map(\.host)
                #expect(Set(others).count == others.count && !others.contains(host) && others.count <= 17)
                #expect(others.count >= min(6, count - 1))
            }
        }
    }

    @Test func nobodyIsAskedByMuchMoreThanTheOthers() {
        var (planner, random) = (MeshPlanner(), SplitMix(seed: 1))
        let places = planner.add(hosts(1_000), using: &random)
        var degrees: [Int: Int] = [:]
        for place in places.values {
            for neighbour in place.neighbours.prefix(6) { degrees[neighbour.host, default: 0] += 1 }
        }
        #expect((degrees.values.max() ?? 0) <= 12, "as many as an agent serves at a time")
    }

    @Test func whoComesLaterIsGivenThoseWhoHaveAllOfIt() {
        var (planner, random) = (MeshPlanner(), SplitMix(seed: 1))
        _ = planner.add(hosts(20), using: &random)
        for host in 0..<10 { planner.done(host) }
        for host in 10..<15 { planner.left(host) }
        let places = planner.add(hosts(5, from: 20), using: &random)
        for place in places.values {
            #expect(place.seed == nil)
            #expect(!place.neighbours.isEmpty && place.neighbours.allSatisfy { !(10..<15).contains($0.host) })
            #expect(place.neighbours.prefix(2).contains { $0.host < 10 })
        }
    }

    @Test func zonesKeepToThemselvesButForTwoGates() {
        var (planner, random) = (MeshPlanner(), SplitMix(seed: 4))
        let places = planner.add(hosts(64, zones: ["a", "b", "c", "d"]), using: &random)
        #expect(reached(places).count == 64)
        let seedZone = Set(places.filter { $0.value.seed != nil }.map { $0.key % 4 })
        #expect(seedZone.count == 1, "what one reads reaches the other at home")
        for zone in 0..<4 {
            let gates = places.filter { $0.key % 4 == zone && $0.value.neighbours.contains(where: \.isFar) }
            #expect(gates.count == (seedZone.contains(zone) ? 0 : 2))
            for (_, place) in gates {
                #expect(place.neighbours.filter(\.isFar).allSatisfy { seedZone.contains($0.host % 4) })
            }
        }
    }

    @Test func seedsStandInTheLargestZone() {
        var (planner, random) = (MeshPlanner(), SplitMix(seed: 4))
        let small = (0..<3).map { MeshPlanner.Host(number: $0, zone: "a") }
        let large = (3..<10).map { MeshPlanner.Host(number: $0, zone: "b") }
        let places = planner.add(small + large, using: &random)
        #expect(places.filter { $0.value.seed != nil }.keys.allSatisfy { $0 >= 3 })
    }

    @Test func oneStarvingMemberAtATimeIsGivenTheSource() {
        var (planner, random) = (MeshPlanner(), SplitMix(seed: 1))
        let places = planner.add(hosts(10), using: &random)
        let members = places.filter { $0.value.seed == nil }.keys.sorted()
        #expect(planner.promote(members[0], at: .seconds(5))?.seed == 2)
        #expect(planner.promote(members[1], at: .seconds(14)) == nil)
        #expect(planner.promote(members[0], at: .seconds(15)) == nil, "it has it already")
        #expect(planner.promote(members[1], at: .seconds(15))?.seed == 3)
        planner.left(members[2])
        #expect(planner.promote(members[2], at: .seconds(60)) == nil)
    }

    @Test(arguments: [[nil], ["a", "b", "c"]] as [[String?]])
    func whoHadItBeforeIsGivenToNobodyUnlessItGivesIt(zones: [String?]) {
        for seed in 0..<20 {
            var (planner, random) = (MeshPlanner(), SplitMix(seed: UInt64(seed)))
            var places = planner.add(hosts(100, zones: zones), using: &random)
            let lacking = Set(
                places.keys.filter { places[$0]?.seed == nil }.shuffled(using: &random).prefix(10)
            )
            var givers: Set<Int> = []
            // They say so a few at a time.
            for (count, host) in places.keys.sorted().filter({ !lacking.contains($0) }).enumerated() {
                planner.had(host)
                if places[host]?.seed != nil { givers.insert(host) }
                guard count % 7 == 0 || count == 89 else { continue }
                let mending = planner.mend(using: &random)
                givers.formUnion(mending.givers)
                places.merge(mending.places) { $1 }
            }
            #expect(givers.count <= 8, "\(givers)")
            let able = givers.union(lacking)
            for host in lacking {
                let asks = places[host]?.neighbours.map(\.host) ?? []
                #expect(asks.contains(where: able.contains) && !asks.contains(host), "\(host): \(asks)")
            }
            // Those that give nothing are passed over at once.
            let asking = places.filter { able.contains($0.key) }.mapValues { place in
                MeshPlanner.Place(
                    seed: place.seed,
                    neighbours: place.neighbours.filter { able.contains($0.host) }
                )
            }
            let isReached = reached(asking, from: givers).isSuperset(of: lacking)
            #expect(isReached, "seed \(seed)")
            for place in planner.add(hosts(5, from: 100, zones: zones), using: &random).values {
                let isRight = place.neighbours.allSatisfy { able.contains($0.host) || $0.host >= 100 }
                #expect(place.seed == nil && isRight)
            }
        }
    }

    @Test func whereAllHadItNobodyIsToldToGiveIt() {
        var (planner, random) = (MeshPlanner(), SplitMix(seed: 1))
        for host in planner.add(hosts(20), using: &random).keys { planner.had(host) }
        let mending = planner.mend(using: &random)
        #expect(mending.givers.isEmpty && mending.places.isEmpty)
        // Who comes later finds those that give it; none reads the source.
        let late = planner.add(hosts(1, from: 20), at: .seconds(300), using: &random)[20]
        let givers = planner.mend(using: &random).givers
        #expect(late?.seed == nil && givers.count == 2)
        #expect(Set(givers).isSubset(of: late?.neighbours.map(\.host) ?? []))
    }

    @Test func whoStarvesIsSentToOneWhoHadItAsLongAsThereIsOne() {
        var (planner, random) = (MeshPlanner(), SplitMix(seed: 1))
        let places = planner.add(hosts(8), using: &random)
        let members = places.keys.filter { places[$0]?.seed == nil }.sorted()
        for host in members.dropFirst(2) { planner.had(host) }
        var givers = Set(planner.mend(using: &random).givers)
        let successor = planner.successor()
        #expect(givers.count == 2 && successor == nil)
        for _ in 0..<2 {
            let isRelieved = planner.relieve(members[0])
            #expect(isRelieved)
            let mending = planner.mend(using: &random)
            let asks = mending.places[members[0]]?.neighbours.map(\.host) ?? []
            #expect(mending.givers.count == 1 && mending.givers.allSatisfy(asks.contains))
            givers.formUnion(mending.givers)
        }
        let isRelieved = planner.relieve(members[0])
        #expect(givers == Set(members.dropFirst(2)) && !isRelieved)
    }
}
