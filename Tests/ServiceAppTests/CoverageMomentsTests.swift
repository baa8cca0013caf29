import Coverage
import PrecacheModel
import Testing

@testable import ServiceApp

/// Of which aggregates and images a moment is written down.
@Suite struct CoverageMomentsTests {
    private let now = Timestamp(microseconds: 1_800_000_000_000_000)

    @Test func whatPoliciesWantComesFirstAndThenWhatJobsWereAboutButNoMoreThanSoMany() throws {
        let (web, gpu) = (try AggregateName("web"), try AggregateName("gpu"))
        var fleet = Fleet()
        let hosts = try (1...3).map { number in
            Fleet.Host(id: number, name: try HostName("h\(number)"), isEnabled: true)
        }
        fleet.take(hosts, aggregates: [(7, web, [1, 2, 3]), (8, gpu, [1])], revision: 1)
        for host: Int64 in 1...2 {
            fleet.heard(host, Fleet.Beat(at: now, interval: .seconds(30)))
            let held = try ["a", "stray"].map {
                HeartbeatImage(id: try ImageID($0), sizeBytes: 1, isVerified: true)
            }
            fleet.take(held, of: host, mark: 1, at: now)
        }
        let image = { (name: String) in try ImageID(name) }
        let wanted = [
            (aggregate: web, ImageCoverage(image: try image("w"), hosts: [.missing: 3])),
            (aggregate: try AggregateName("gone"), ImageCoverage(image: try image("w"), hosts: [:])),
        ]
        let asked = [
            CoveragePair(aggregate: 7, image: try image("w")),
            CoveragePair(aggregate: 9, image: try image("a")),
            CoveragePair(aggregate: 7, image: try image("a")),
            CoveragePair(aggregate: 8, image: try image("a")),
        ]
        let all = PolicyKeeper.moments(of: fleet, wanted, asked, limit: 9, at: now)
        // What hosts list by themselves is nobody's wish.
        #expect(all.map(\.pair) == [asked[0], asked[2], asked[3]])
        #expect(
            all.map { $0.moment.coverage.hosts.filter { $0.value > 0 } } == [
                [.missing: 3], [.warm: 2, .missing: 1], [.warm: 1],
            ]
        )
        #expect(all.allSatisfy { $0.moment.at == now })
        #expect(
            PolicyKeeper.moments(of: fleet, wanted, asked, limit: 2, at: now).map(\.pair)
                == Array(all.map(\.pair).prefix(2))
        )
    }
}
