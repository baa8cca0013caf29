import ArgumentParser
package import FleetSimulator
package import PrecacheModel

/// The fleet: how large, who does what, how fast.
struct FleetOptions: ParsableArguments {
    @Option(help: "Hosts, each with an address of its own from 127.16.0.1 on.")
    var hosts = 1000

    @Option(
        help: ArgumentHelp(
            "Hosts on whose port nothing listens; a number or a percentage.",
            valueName: "share"
        )
    )
    var down = FleetShare.none

    @Option(help: ArgumentHelp("Hosts that fail every attempt, with --fail-reason.", valueName: "share"))
    var fail = FleetShare.none

    @Option(help: ArgumentHelp("Hosts that fail the first attempt only.", valueName: "share"))
    var flaky = FleetShare.none

    @Option(
        help: ArgumentHelp(
            "Hosts that take a task, send heartbeats and never get anywhere.",
            valueName: "share"
        )
    )
    var stall = FleetShare.none

    @Option(help: ArgumentHelp("Hosts that take a task and say nothing more.", valueName: "share"))
    var mute = FleetShare.none

    @Option(help: ArgumentHelp("Hosts that are --slow-factor times slower.", valueName: "share"))
    var slow = FleetShare.none

    @Option(help: "How much slower slow hosts are.")
    var slowFactor = 10.0

    @Option(help: "Why hosts of --fail fail: a reason of api-spec/service.yaml.")
    var failReason = Reason.noSpace

    @Option(help: ArgumentHelp("Before a host's first outcome: 50ms, 2s, 50ms-2s.", valueName: "time"))
    var delay = DelayRange.none

    @Option(help: ArgumentHelp("What a host receives: 1Gbit/s, 50MB/s, 50MiB/s.", valueName: "rate"))
    var bandwidth = Bandwidth.unlimited

    @Option(
        help: ArgumentHelp("What the image source sends to all hosts together: 10Gbit/s.", valueName: "rate")
    )
    var sourceBandwidth = Bandwidth.unlimited

    @Option(help: "Decides which hosts are slow, fail and so on; the same seed gives the same fleet.")
    var seed: UInt64 = 1

    @Option(help: "The agents' port; a dead host is given the next.")
    var port = 7701

    @Option(help: "What follows the number in a host's name (sim-00001), such as .fleet.test; for TLS.")
    var domain = ""

    func plan() throws -> FleetPlan {
        try FleetPlan(
            hosts: hosts,
            shares: [
                (.down, down), (.failing, fail), (.flaky, flaky), (.stalled, stall), (.mute, mute),
                (.slow, slow),
            ],
            seed: seed,
            domain: domain,
            port: port
        )
    }

    func timing() -> FleetTiming {
        var timing = FleetTiming()
        timing.delay = delay
        timing.bandwidth = bandwidth
        timing.sourceBandwidth = sourceBandwidth
        timing.slowFactor = slowFactor
        timing.failure = failReason
        timing.seed = seed
        return timing
    }

    func validate() throws {
        guard slowFactor >= 1, slowFactor.isFinite else {
            throw ValidationError("--slow-factor must be 1 or more, not \(slowFactor)")
        }
    }
}

extension FleetShare: ExpressibleByArgument {
    /// Reads `25` or `2.5%`.
    package init?(argument: String) { self.init(argument) }
}

extension DelayRange: ExpressibleByArgument {
    /// Reads `50ms`, `2s` or `50ms-2s`.
    package init?(argument: String) { self.init(argument) }

    /// The range as it is written.
    package var defaultValueDescription: String { self == .none ? "0s" : "\(shortest)-\(longest)" }
}

extension Bandwidth: ExpressibleByArgument {
    /// Reads `10Gbit/s`, `50MB/s` or `50MiB/s`.
    package init?(argument: String) { self.init(argument) }

    /// The rate as it is written.
    package var defaultValueDescription: String {
        self == .unlimited ? "unlimited" : "\(Int(bytesPerSecond)) bytes/s"
    }
}

/// A number of bytes as an argument: `5368709120`, `5GiB`, `5GB`.
struct ByteCount: ExpressibleByArgument {
    let bytes: Int64

    init(bytes: Int64) { self.bytes = bytes }

    init?(argument: String) {
        let units: [(String, Int64)] = [
            ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("GB", 1_000_000_000), ("MB", 1_000_000),
            ("kB", 1_000),
        ]
        let unit = units.first { argument.hasSuffix($0.0) }
        guard let number = Int64(argument.dropLast(unit?.0.count ?? 0)), number >= 0 else { return nil }
        let (bytes, isTooMuch) = number.multipliedReportingOverflow(by: unit?.1 ?? 1)
        guard !isTooMuch else { return nil }
        self.bytes = bytes
    }

    var defaultValueDescription: String { "\(bytes)" }
}

extension Reason: ExpressibleByArgument {}
