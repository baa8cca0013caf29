import TestSupport
import Testing

@testable import FanOut

@Suite struct MeshPlannerTests {
    private func hosts(_ count: Int, from first: Int = 0, zones: [String?] = [nil]) -> [MeshPlanner.Host] {
        (first..<first + count).map { MeshPlanner.Host(number: $0, zone: zones[$0 % zones.count]) }
    }

    /// Hosts that something a seed reads gets to, if each passes it on to those who ask it at first.
    private func reached(_ places: [Int: MeshPlanner.Place]) -> Set<Int> {
        var askers: [Int: [Int]] = [:]
        for (host, place) in places {
            let far = place.neighbours.count { $0.isFar }
            for neighbour in place.neighbours.prefix(6 + far) {
                askers[neighbour.host, default: []].append(host)
            }
        }
        var (reached, front) = (Set<Int>(), places.filter { $0.value.seed != nil }.map(\.key))
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
    func whoHadItBeforeIsGivenToNobody(zones: [String?]) {
        for seed in 0..<60 {
            var (planner, random) = (MeshPlanner(), SplitMix(seed: UInt64(seed)))
            var places = planner.add(hosts(100, zones: zones), using: &random)
            let seeds = Set(places.keys.filter { places[$0]?.seed != nil })
            let lacking = Set(
                places.keys.sorted().filter { !seeds.contains($0) }.shuffled(using: &random).prefix(10)
            )
            // They say so a few at a time.
            for (count, host) in places.keys.sorted().filter({ !lacking.contains($0) }).enumerated() {
                planner.had(host)
                guard count % 7 == 0 || count == 89 else { continue }
                places.merge(planner.mend(using: &random)) { $1 }
            }
            let able = seeds.union(lacking)
            // Those that give nothing are passed over at once.
            let asking = places.filter { able.contains($0.key) }.mapValues { place in
                MeshPlanner.Place(
                    seed: place.seed,
                    neighbours: place.neighbours.filter { able.contains($0.host) }
                )
            }
            let isReached = reached(asking).isSuperset(of: lacking)
            #expect(isReached, "seed \(seed)")
            for place in planner.add(hosts(5, from: 100, zones: zones), using: &random).values {
                let isRight = place.neighbours.allSatisfy { able.contains($0.host) || $0.host >= 100 }
                #expect(isRight)
            }
        }
    }

    @Test func whoHasNobodyToAskButWhoHadItIsToldApart() {
        var (planner, random) = (MeshPlanner(), SplitMix(seed: 1))
        let places = planner.add(hosts(8), using: &random)
        let last = places.keys.filter { places[$0]?.seed == nil }.max() ?? 0
        let wasSo = planner.hasNeighbours(last)
        for host in places.keys where host != last { planner.had(host) }
        let mended = planner.mend(using: &random)
        #expect(wasSo && mended.keys.contains(last) && !planner.hasNeighbours(last))
    }
}
