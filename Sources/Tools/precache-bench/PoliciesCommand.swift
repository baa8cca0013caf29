import ArgumentParser
import Coverage
import Glibc
import Policies
import PrecacheModel

/// Reckons what policies ask for on a fleet that isn't there.
struct PoliciesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policies",
        abstract:
            "Tell how long policies take to reconcile, and coverage to be told, on a fleet of your size.",
        discussion: """
            Each policy wants four images on all aggregates, one of them of a channel that has just moved on; one pair of \
            host and image in twenty is missing. Times are the processor's.

              precache-bench policies --hosts 10000 --policies 500 --aggregates 200
            """
    )

    @Option(help: "Hosts.")
    var hosts = 10_000

    @Option(help: "Policies.")
    var policies = 500

    @Option(help: "Aggregates, which share the hosts.")
    var aggregates = 200

    @Option(help: "Images that the policies choose from.")
    var images = 1_000

    @Option(name: [.customShort("o"), .long], help: "How the result is written.")
    var output = OutputFormat.text

    func validate() throws {
        guard (1...1_000_000).contains(hosts), (1...10_000).contains(policies),
            (1...hosts).contains(aggregates),
            (50...100_000).contains(images)
        else {
            throw ValidationError("there must be a host for each of --aggregates, and 50 --images or more")
        }
    }

    func run() throws {
        let now = Timestamp.now()
        let ids = try (0..<images).map { number throws(InvalidValue) in try ImageID("image-\(number)") }
        let names = try (0..<aggregates).map { number throws(InvalidValue) in
            try AggregateName("aggregate-\(number)")
        }
        let fleet = try fleet(ids, names, at: now)
        let situation = try situation(fleet, ids, names, at: now)
        var jobs = 0
        let reconciling = Self.seconds { jobs = Reconciler.reconcile(situation).jobs.count }
        var warm = 0
        let whole = try AggregateName("whole")
        let telling = Self.seconds {
            guard let view = AggregateView(fleet, whole, at: now) else { return }
            warm = ids.prefix(50).map { view.coverage(of: $0).hosts[.warm] ?? 0 }.reduce(0, +)
        }
        print(
            output == .json
                ? #"{"reconcile_seconds":\#(reconciling),"jobs":\#(jobs),"coverage_seconds":\#(telling),"warm":\#(warm)}"#
                : "reconciled in \(reconciling) s: \(jobs) jobs; coverage of all hosts by 50 images in \(telling) s: \(warm) warm"
        )
    }

    private func fleet(_ ids: [ImageID], _ names: [AggregateName], at now: Timestamp) throws -> Fleet {
        var fleet = Fleet()
        var all: [Fleet.Host] = []
        for number in 0..<hosts {
            all.append(Fleet.Host(id: Int64(number), name: try HostName("host-\(number)"), isEnabled: true))
        }
        var groups = names.enumerated().map { index, name in
            let members = stride(from: index, to: hosts, by: names.count).map(Int64.init)
            return (id: Int64(index), name: name, hosts: members)
        }
        groups.append((id: -1, name: try AggregateName("whole"), hosts: all.map(\.id)))
        fleet.take(all, aggregates: groups, revision: 1)
        for number in 0..<hosts {
            let held = ids.enumerated().filter { (number * 7 + $0.offset * 13) % 20 > 0 }
            let list = held.map { HeartbeatImage(id: $0.element, sizeBytes: 1 << 30, isVerified: true) }
            fleet.heard(Int64(number), Fleet.Beat(at: now, interval: .seconds(10)))
            fleet.take(list, of: Int64(number), mark: 1, at: now)
        }
        return fleet
    }

    private func situation(
        _ fleet: Fleet,
        _ ids: [ImageID],
        _ names: [AggregateName],
        at now: Timestamp
    ) throws -> Situation {
        var situation = Situation(
            now: now,
            names: fleet.hosts.map { $0?.name },
            aggregates: fleet.aggregates.mapValues(\.hosts),
            enabled: fleet.enabled
        )
        for (slot, image) in fleet.images.enumerated() { situation.whole[image] = fleet.whole[slot] }
        for number in 0..<policies {
            let chosen = (0..<5).map { ids[(number * 2 + $0) % images] }
            var meanings = chosen.prefix(4).map { ChannelMeaning($0) }
            meanings[3] = ChannelMeaning(current: [.init(id: chosen[3], since: now)], superseded: [chosen[4]])
            let wanted = chosen.prefix(3).map { PolicyImage.image($0) } + [.newest(.tag("golden"), count: 1)]
            situation.policies.append(
                Situation.Policy(
                    name: try PolicyName("policy-\(number)"),
                    spec: PolicySpec(aggregates: names, images: wanted),
                    meanings: meanings
                )
            )
        }
        return situation
    }

    /// The processor's time.
    private static func seconds(_ work: () -> Void) -> Double {
        let begin = clock()
        work()
        return Double(clock() - begin) / Double(CLOCKS_PER_SEC)
    }
}
