import Coverage
import Policies
import PrecacheModel
import Settings
import Telemetry

/// How policies are kept.
struct PolicySettings: Sendable {
    /// How often channels are looked up.
    let check: Duration
    /// How long hosts keep what policies want once the service has fallen silent.
    let lease: Duration

    init(_ values: SettingsValues) {
        check = values[Self.checkInterval]
        lease = values[Self.leaseTime]
    }

    static let checkInterval = Setting.seconds(
        "policies.check_seconds",
        default: .seconds(300),
        range: .seconds(1) ... .seconds(86_400),
        help: "How often is looked up what the newest image of a policy's channel is."
    )
    static let leaseTime = Setting.seconds(
        "policies.lease_seconds",
        default: .seconds(604_800),
        range: .seconds(60) ... .seconds(31_536_000),
        help: "How long hosts keep what policies want there when the service says nothing any more."
    )

    static let all: [any AnySetting] = [checkInterval, leaseTime]
}

/// Gauges of what policies have come to.
struct PolicyMetrics: Sendable {
    /// More series than these nobody looks at, and each costs whoever scrapes.
    private static let series = 2_000

    private let coverage: Gauge
    private let states: Gauge
    private let held: Gauge

    init(_ metrics: MetricsRegistry) {
        coverage = metrics.gauge(
            "precached_coverage",
            help: "The share of an aggregate's hosts that have an image that a policy wants there.",
            labels: ["aggregate", "image"]
        )
        states = metrics.gauge("precached_policies", help: "Policies, by state.", labels: ["state"])
        held = metrics.gauge(
            "precached_policies_held_hosts",
            help: "Hosts that lack what policies want, by cause.",
            labels: ["cause"]
        )
    }

    func show(_ round: PolicyRound) {
        coverage.show(
            round.coverage.prefix(Self.series).map { aggregate, one in
                (labels: [aggregate.text, one.image.text], value: one.fraction)
            }
        )
        let statuses = round.reconciliation.statuses.values
        for state in PolicyStatus.State.allCases {
            states.set(Double(statuses.count { $0.state == state }), state.rawValue)
        }
        var causes: [String: Int] = [:]
        for hold in statuses.flatMap(\.heldUpBy) { causes[hold.cause.text, default: 0] += hold.hosts }
        held.show(causes.map { ($0.key, Double($0.value)) })
    }
}
